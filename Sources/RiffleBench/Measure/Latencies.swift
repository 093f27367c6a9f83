package import Histogram

/// A histogram of nanoseconds that merges and travels as HDR. Named here, where no other module's `Histogram` is in sight.
package typealias Latencies = Histogram<UInt64>
