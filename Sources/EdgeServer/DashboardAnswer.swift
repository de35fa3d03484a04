import HTTPEngine
import Reports

/// What the dashboard answers a request with.
struct DashboardAnswer {
    enum Body {
        case page([UInt8])
        case csv([UInt8])
        case json([UInt8])
    }

    let status: HTTPStatus
    let body: Body

    init(_ status: HTTPStatus, _ body: Body) {
        self.status = status
        self.body = body
    }

    /// Writes the response. What it carries runs nothing, loads nothing, and stands in no other site's page.
    func write(into response: inout ResponseWriter) {
        response.begin(status)
        response.header("X-Content-Type-Options", "nosniff")
        // Not "no-referrer": with that a browser hides the origin of its own forms too, and they would be refused.
        response.header("Referrer-Policy", "same-origin")
        response.header("Cross-Origin-Resource-Policy", "same-origin")
        response.header("Cross-Origin-Opener-Policy", "same-origin")
        let policy = Array(PageStyle.policy.utf8)
        response.header("Content-Security-Policy", policy.span)
        switch body {
        case .page(let bytes): response.finish(contentType: "text/html; charset=utf-8", body: bytes.span)
        case .csv(let bytes):
            response.header("Content-Disposition", "attachment; filename=\"tremolo.csv\"")
            response.finish(contentType: "text/csv; charset=utf-8", body: bytes.span)
        case .json(let bytes): response.finish(contentType: "application/json", body: bytes.span)
        }
    }
}
