/// Entity tags of folders that change with everything below them, as Nextcloud's and ownCloud's do.
///
/// Read out of the whole tree below each time, so they are for small trees.
extension FileTree {
    /// The node with the tag of all that is below it; a file as it is.
    func deeplyTagged(_ node: Node, _ path: ResourcePath) throws(Refusal) -> Node {
        guard node.isFolder else { return node }
        // FNV-1a over names and tags in order: a tag need only differ, and be the same from run to run.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ text: String) {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        }
        mix(node.etag)
        for child in try children(of: path).sorted(by: { $0.name < $1.name }) where child.isServed {
            mix(child.name)
            mix(try deeplyTagged(child.node, path.child(child.name)).etag)
        }
        return node.tagged("\"" + String(hash, radix: 16) + "\"")
    }
}
