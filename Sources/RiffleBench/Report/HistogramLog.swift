import Foundation
internal import Histogram

/// The latencies of a run as a `.hlog` file (HdrHistogram's log format 1.3, encoding V2), a tag for each outcome and latency.
package enum HistogramLog {
    package static func render(_ result: LoadRun.Result, started: Date, open: Bool) -> String {
        let recorder = result.recorder
        let start = seconds(started.timeIntervalSince1970)
        var lines = [
            "#[Histogram log format version 1.3]", "#[StartTime: \(start) (seconds since epoch)]",
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"",
        ]
        let named =
            [("all", recorder.all)] + recorder.rows.map { ($0.label.row.replacing(" ", with: "-"), $0) }
            + [("non-2xx", recorder.refused)]
        for (name, row) in named {
            for (kind, histogram) in [("planned", row.planned), ("raw", row.raw)] {
                guard histogram.totalCount > 0, open || kind == "raw" else { continue }
                let max = seconds(Double(histogram.max) / 1e6)
                lines.append(
                    "Tag=\(name).\(kind),0.000,\(seconds(result.seconds)),\(max),\(Data(compressed(histogram)).base64EncodedString())"
                )
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func seconds(_ value: Double) -> String { TextTable.fixed(value, 3) }

    /// Cookie, length, and the encoding in a zlib stream (RFC 1950) whose blocks are stored as they are: zero runs are folded
    /// already, so that a real compressor would gain little.
    static func compressed(_ histogram: Latencies) -> [UInt8] {
        let plain = encoded(histogram)
        var stream: [UInt8] = [0x78, 0x01]
        let most = 0xFFFF
        for start in stride(from: 0, to: plain.count, by: most) {
            let end = min(start + most, plain.count)
            let length = UInt16(end - start)
            stream += [end == plain.count ? 1 : 0, UInt8(length & 0xFF), UInt8(length >> 8)]
            stream += [UInt8(~length & 0xFF), UInt8(~length >> 8)]
            stream += plain[start..<end]
        }
        var low: UInt32 = 1
        var high: UInt32 = 0
        for byte in plain {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        stream += bigEndian(high << 16 | low)
        return bigEndian(UInt32(0x1C84_9314)) + bigEndian(UInt32(stream.count)) + stream
    }

    static func encoded(_ histogram: Latencies) -> [UInt8] {
        var payload: [UInt8] = []
        var next = 0
        for recorded in histogram.recordedValues() {
            let index = countsIndex(recorded.value)
            if index > next { append(Int64(next - index), to: &payload) }
            append(Int64(clamping: recorded.count), to: &payload)
            next = index + 1
        }
        var bytes = bigEndian(UInt32(0x1C84_9313)) + bigEndian(UInt32(payload.count)) + bigEndian(UInt32(0))
        bytes += bigEndian(UInt32(histogram.numberOfSignificantValueDigits.rawValue))
        bytes += bigEndian(histogram.lowestDiscernibleValue) + bigEndian(histogram.highestTrackableValue)
        bytes += bigEndian((1.0).bitPattern)
        return bytes + payload
    }

    /// Where HdrHistogram keeps a value at three digits and a lowest value of 1: buckets of 2048 steps, each twice as wide.
    static func countsIndex(_ value: UInt64) -> Int {
        let bucket = 64 - (value | 2047).leadingZeroBitCount - 11
        return bucket << 10 + Int(value >> UInt64(bucket))
    }

    /// ZigZag and LEB128.
    private static func append(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}
