import NIOSSL

/// TLS towards the origin: whom riffle trusts there, and the certificate by which the origin knows riffle.
///
/// The origin's certificate is always verified, for its name too.
enum OriginTLS {
    /// nil: as the client library does by itself.
    ///
    /// - Throws: when a file can't be used, or certificate and key don't come together.
    static func configuration(_ settings: Settings.Origin) throws(ConfigurationErrors) -> TLSConfiguration? {
        guard settings.caFile != nil || settings.clientCertificateFile != nil || settings.clientKeyFile != nil else {
            return nil
        }
        var tls = TLSConfiguration.makeClientConfiguration()
        if let file = settings.caFile {
            tls.trustRoots = .certificates(try CertificateFiles.certificates(in: file, "origin.caFile"))
        }
        switch (settings.clientCertificateFile, settings.clientKeyFile) {
        case (nil, nil): break
        case (let certificate?, let key?):
            let chain = try CertificateFiles.certificates(in: certificate, "origin.clientCertificateFile")
            tls.certificateChain = chain.map { .certificate($0) }
            tls.privateKey = .privateKey(try CertificateFiles.key(in: key, "origin.clientKeyFile"))
            try CertificateFiles.prove(tls, "origin.clientKeyFile", .init(certificate: certificate, key: key))
        case (nil, _):
            throw CertificateFiles.error("origin.clientCertificateFile", "is missing; a key alone shows nothing")
        case (_, nil):
            throw CertificateFiles.error("origin.clientKeyFile", "is missing; a certificate needs its key")
        }
        return tls
    }
}
