import Bytes
import LinuxSystem

/// The folder of an operator's own pages: `ask.html`, `refused.html`, `unsubscribe.html` and `unsubscribed.html`, and
/// the same in other languages as `ask.de.html`, `refused.pt-br.html`.
package enum PageFolder {
    /// Reads the pages. What is missing is built in.
    ///
    /// - Parameter folder: nil for the built-in pages alone.
    /// - Throws: `EdgeError.page` with the file, what is wrong with it and what to do.
    package static func read(_ folder: String?) throws(EdgeError) -> RecipientPages {
        guard let folder else { return .builtIn }
        let names: [String]
        do throws(SystemError) {
            names = try Files.list(folder).sorted()
        } catch {
            throw .page(path: folder, reason: error.reason)
        }
        return try RecipientPages { purpose throws(EdgeError) in
            // The name without a language sorts behind those with one, and comes first here: it is the default.
            let own = names.filter { $0 == "\(purpose.rawValue).html" }
            let others = names.filter {
                $0.hasPrefix("\(purpose.rawValue).") && $0.hasSuffix(".html") && !own.contains($0)
            }
            var pages = own.isEmpty ? [RecipientPage.builtIn(purpose)] : []
            for name in own + others { pages.append(try page(folder, name, purpose)) }
            return pages
        }
    }

    private static func page(
        _ folder: String, _ name: String, _ purpose: PageTemplate.Purpose
    ) throws(EdgeError) -> PageTemplate {
        let path = "\(folder)/\(name)"
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.readAll(path, limitBytes: PageTemplate.templateBytesMax + 1)
        } catch {
            throw .page(path: path, reason: error.reason)
        }
        let page: PageTemplate
        do throws(PageTemplateError) {
            page = try PageTemplate(bytes, for: purpose)
        } catch {
            throw .page(path: path, reason: "\(error)")
        }
        let language = name.dropFirst(purpose.rawValue.count + 1).dropLast(".html".count)
        guard name == "\(purpose.rawValue).html" || language.lowercased().utf8.elementsEqual(page.language) else {
            throw .page(
                path: path,
                reason: "its name says the language \"\(language)\" and its <html lang> another: make them the same")
        }
        return page
    }
}
