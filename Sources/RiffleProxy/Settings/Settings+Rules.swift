import RiffleListings

extension Settings {
    /// What the operator says about the origin that its requests do not.
    var dialectRules: DialectRules {
        var rules = DialectRules()
        rules.ancestors = webdav.deepTags.policy
        rules.s3 = S3Rules(self)
        rules.learnsItems = feed.delta
        return rules
    }
}
