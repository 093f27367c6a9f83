/// Why a stream or a connection ends (RFC 9113 §7).
package enum ErrorCode: UInt32, Error, Sendable {
    case noError = 0
    case protocolError, internalError, flowControlError, settingsTimeout, streamClosed, frameSizeError, refusedStream
    case cancel, compressionError, connectError, enhanceYourCalm, inadequateSecurity, http11Required
}
