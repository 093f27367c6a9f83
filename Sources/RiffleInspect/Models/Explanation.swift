import FoundationEssentials
import RiffleTelemetry

/// A request to be explained instead of answered.
///
/// May carry a credential: its description shows names of fields, never their values.
package struct ExplainQuery: Codable, Sendable, Equatable, CustomStringConvertible {
    package struct Field: Codable, Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var method: String
    /// Origin form: path and query.
    package var target: String
    package var fields: [Field]
    /// Base64 in JSON.
    package var body: Data

    package init(method: String = "GET", target: String, fields: [Field] = [], body: Data = Data()) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
    }

    package var description: String {
        "\(method) \(target) with \(fields.map(\.name)), \(body.count) bytes of body"
    }
}

/// What would become of a request now, and why.
package struct Explanation: Codable, Sendable, Equatable {
    /// One named part of the key under which the answer is kept: folder, form, principal, vary ...
    package struct KeyPart: Codable, Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What one tier holds under that key.
    package struct TierState: Codable, Sendable, Equatable {
        package enum Holding: String, Codable, CaseIterable, Sendable {
            case fresh, stale, absent
            /// Stored, but filled before the folder's last change.
            case outdated
            /// The tier can't be asked now.
            case unavailable
            /// There is no such tier.
            case none
        }

        package var tier: Tier
        package var holding: Holding
        package var ageSeconds: Double?
        package var ttlSeconds: Double?
        package var bytes: Int?
        package var prefetched: Bool

        package init(
            tier: Tier, holding: Holding, ageSeconds: Double? = nil, ttlSeconds: Double? = nil, bytes: Int? = nil,
            prefetched: Bool = false
        ) {
            self.tier = tier
            self.holding = holding
            self.ageSeconds = ageSeconds
            self.ttlSeconds = ttlSeconds
            self.bytes = bytes
            self.prefetched = prefetched
        }
    }

    package var outcome: Outcome
    package var tier: Tier
    package var reason: Reason?
    package var prefetched: Bool
    /// Why, as sentences in the order the decision was made.
    package var sentences: [String]
    package var key: [KeyPart]
    /// The folder's generation as this riffle knows it, and whether a write holds it closed now.
    package var generation: String?
    package var tiers: [TierState]

    package init(
        outcome: Outcome, tier: Tier, reason: Reason? = nil, prefetched: Bool = false, sentences: [String],
        key: [KeyPart] = [], generation: String? = nil, tiers: [TierState] = []
    ) {
        self.outcome = outcome
        self.tier = tier
        self.reason = reason
        self.prefetched = prefetched
        self.sentences = sentences
        self.key = key
        self.generation = generation
        self.tiers = tiers
    }

    /// Whether the request would be answered without waiting for the origin.
    package var isHit: Bool {
        switch outcome {
        case .hit, .stale, .derived: true
        case .revalidated, .collapsed, .miss, .bypass, .write, .error: false
        }
    }
}
