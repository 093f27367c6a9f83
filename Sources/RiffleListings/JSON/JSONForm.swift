import RiffleHTTP

/// Which requests list a folder by the operator's rules: GET or HEAD of a path that one of them matches.
enum JSONForm {
    /// Fills `form`; the cause when no rule takes the request for a listing.
    static func bypass(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer, _ form: inout FormBuffer,
        _ rules: OperatorRules
    ) -> BypassCause? {
        guard head.method == .get || head.method == .head, body.isEmpty, !rules.listings.isEmpty else {
            return .notAListing
        }
        var path: [UInt8] = []
        let raw = UnsafeRawBufferPointer(rebasing: bytes[head.path.range])
        guard FolderPath.canonicalise(raw, into: &path) == .plain else { return .ambiguousPath }
        for (index, rule) in rules.listings.enumerated() {
            guard let captures = rule.path.match(path[...]) else { continue }
            guard !head.has(.range) else { return .range }
            guard !head.has(.ifMatch), !head.has(.ifUnmodifiedSince), !head.has(.ifRange) else { return .conditional }
            guard let folder = rule.folder.expand(captures, slash: true), folder.count <= FormBuffer.capacity else {
                return .ambiguousPath
            }
            form.path.append(contentsOf: folder)
            let hasSlash = path.last == FolderPath.slash
            form.appendTag(
                dialect: FormTag.json, depth: FormTag.none, slash: hasSlash ? FormTag.withSlash : FormTag.withoutSlash,
                type: UInt8(index))
            appendQuery(head, bytes, rule, &form)
            form.appendAccept(head, bytes)
            form.appendFields(.acceptLanguage, head, bytes)
            // Links in the answer lead to the name that the client used.
            if rule.next != nil { form.appendFields(.host, head, bytes) }
            return form.form.count <= FormBuffer.capacity ? nil : .notAListing
        }
        return .notAListing
    }

    /// The options that count, in the order sent; all of them for a page that a link of riffle's leads to, since what tells
    /// one page from another is the origin's secret.
    private static func appendQuery(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ rule: OperatorRules.Listing, _ form: inout FormBuffer
    ) {
        guard head.hasQuery else { return form.appendAbsentField() }
        let query = UnsafeRawBufferPointer(rebasing: bytes[head.query.range])
        let isPage = ASCII.find(PageChain.option, in: query) != nil
        for option in QueryOptions(query) {
            guard let known = rule.query, !isPage else {
                form.appendField(option.name)
                form.appendField(option.value)
                continue
            }
            guard known.contains(where: { $0.elementsEqual(option.name) }) else { continue }
            form.appendField(option.name)
            form.appendField(option.value)
        }
        form.appendAbsentField()
    }

    /// The rule that made a form.
    static func rule(of form: [UInt8], _ rules: OperatorRules) -> OperatorRules.Listing? {
        guard form.count >= FormTag.count, form[0] == FormTag.json else { return nil }
        let index = Int(form[FormTag.type])
        return index < rules.listings.count ? rules.listings[index] : nil
    }

    /// The target that asks for another folder in the same form; nil when the folder's name does not tell the path.
    static func target(of folder: [UInt8], form: [UInt8], like example: [UInt8], _ rules: OperatorRules) -> [UInt8]? {
        guard let rule = rule(of: form, rules), let captures = rule.folder.match(folder[...]),
            let path = rule.path.expand(captures, slash: form[FormTag.slash] == FormTag.withSlash)
        else { return nil }
        return path + example.drop { $0 != UInt8(ascii: "?") }
    }
}
