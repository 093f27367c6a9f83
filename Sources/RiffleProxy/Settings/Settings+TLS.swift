extension Settings {
    /// TLS on the listener; off without a certificate.
    package struct TLS: Sendable {
        /// PEM files with a certificate chain each; the first serves clients that ask for no known name.
        package var certificateFiles: [String] = []
        /// PEM files with the keys, in the order of the certificates.
        package var keyFiles: [String] = []
        /// PEM file with the authorities that sign client certificates; clients without one are turned away.
        package var clientCAFile: String?

        package var isEnabled: Bool { !certificateFiles.isEmpty }
    }

    /// How clients reach riffle: what links and `Location` must say.
    package var clientScheme: String { tls.isEnabled ? "https" : "http" }

    /// Proves that the files settings name can be used as they are now.
    package func checkFiles() throws(ConfigurationErrors) {
        if let files = try CertificateFiles(tls) { _ = try files.load() }
        _ = try OriginTLS.configuration(origin)
    }
}
