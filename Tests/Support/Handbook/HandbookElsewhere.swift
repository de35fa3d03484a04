/// Commands of the handbook that no page's test executes: `sh elsewhere`.
package enum HandbookElsewhere {
    /// Each with what holds it, or why nothing can. A line's comment is no part of it.
    package static let commands: [String: String] = [
        "make deb": "it builds; make deb-test makes the package and installs it in a clean root",
        "apt install ./tremolo_0.1.0_amd64.deb": "make deb-test does it in a clean root",
        "apt install ./tremolo_0.2.0_amd64.deb": "make deb-test does it over an older version",
        "make demo": "it builds; LifeTests.DemoTests runs the program that it starts",
        "make test": "this is what runs the tests",
        "make agents": "it builds; JudgingCostTests runs its program",
        "make agents LISTS=/some/folder": "the same with another folder",
        "make crawlers LIST=crawler-user-agents.json && make agents": "CrawlerImportTests runs the script",
        "tremolo doctor https://trem.brand.example": "tracking-domain.md executes it with a certificate of its own",
        "tremolo doctor https://trem.brand.example --connect 203.0.113.5": "DoctorTests asks a balancer by its address",
        "tremolo report --store clickhouse --sec 8781202 --by link,country,hour": "FleetCommandTests asks so",
        "make fleet": "it builds; FleetExampleTests runs the example that it starts",
        "tremolo report --store clickhouse --config edge-1.json5": "FleetExampleTests asks so",
        "tremolo store init --config /etc/tremolo/tremolo.json5": "ShippingTests makes tables, and adds what they lack",
        "tremolo store audit": "ShippingTests has rows lost, and looks",
        // Where the tests run there may be no container engine.
        "docker build -t tremolo .": "`make image-test` builds the same Dockerfile",
        "docker run -d --name tremolo --restart unless-stopped --stop-timeout 120 \\": imageTest,
        "  --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --ulimit nofile=262144 \\":
            imageTest,
        "  -p 127.0.0.1:8080:8080 -v tremolo-data:/var/lib/tremolo -v /srv/tremolo:/etc/tremolo:ro tremolo": imageTest,
        "docker exec tremolo tremolo report": imageTest,
        "docker logs tremolo": "`make image-test` reads what the server writes",
        "export TRACKING_DOMAINS=\"trem.brand.com, click.other.com\"": "ContainerTests gives it to Caddy",
        "docker compose up -d": composed,
        "docker compose ps": composed,
        "curl -i https://trem.brand.com/robots.txt": "InFrontTests asks it through the Caddyfile of compose.yaml",
        "docker compose exec edge tremolo events --since 5m": imageTest,
        "docker compose build --pull": composed,
        "install -m 400 -o 10001 -g 10001 /dev/null /srv/tremolo/admin-token": "`make image-test` makes such a file",
        "openssl rand -hex 32 > /srv/tremolo/admin-token": "the same",
        "git pull": "there is nowhere to pull from",
    ]

    private static let imageTest = "`make image-test` runs the image and its commands so"
    private static let composed = "ContainerTests holds compose.yaml to what it says"

    /// What is wrong with the list, both ways: commands of pages that it lacks, and lines that no page has.
    package static func mistakes(_ pages: [HandbookPage]) -> [String] {
        var found: [String] = []
        var seen: Set<String> = []
        for page in pages {
            for block in page.blocks where block.isCommand && block.isElsewhere {
                for line in block.lines {
                    let command = String(line.replacing(/\s+#.*/, with: ""))
                    seen.insert(command)
                    if commands[command] == nil {
                        found.append("\(page.path):\(block.line): nothing says who executes '\(command)'")
                    }
                }
            }
        }
        return found + commands.keys.filter { !seen.contains($0) }.sorted().map { "no page has '\($0)'" }
    }
}
