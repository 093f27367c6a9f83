import RiffleListings

extension Settings {
    /// What the operator says about the origin that its requests do not.
    var dialectRules: DialectRules {
        var rules = DialectRules()
        rules.ancestors = webdav.deepTags.policy
        rules.operator = self.rules
        rules.s3 = S3Rules(self)
        rules.learnsItems = feed.delta
        // Listings without delimiter show what changes at any depth.
        if origin.dialect == .s3 { rules.ancestors = .toRoot }
        return rules
    }
}
