#!/usr/bin/env python3
"""Takes pictures of the dashboard of a server with a week of two campaigns.

The clicks and opens go over the server's real port, hour by hour of a clock that faketime moves; who they are is drawn
from a fixed seed. --data shows a folder that exists in place of it.
"""

import argparse
import glob
import http.client
import os
import random
import re
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

HOURS = 6 * 24 + 9
SECTION = "8781202"
BROWSERS = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile "
    "Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 "
    "Edg/131.0.0.0",
]
MAIL_CLIENTS = BROWSERS + [
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
]
AHEAD = "Mozilla/5.0"
SCANNERS = ["curl/8.5.0", "python-requests/2.32.3", "Barracuda Sentinel (EE)", ""]
LINKS = ["sale", "sale/coats", "sale/boots", "gift-cards", "stores", "account/preferences"]


class Campaign:
    def __init__(self, number, name, hour, people, variations):
        self.number, self.name, self.hour, self.people = number, name, hour, people
        self.variations = variations


CAMPAIGNS = [
    Campaign("2041", "Winter sale", 10, 3000, [("[101]", "Plain subject", 0.10), ("[102]", "Subject with an offer", 0.15)]),
    Campaign("2042", "Welcome, part 2", 58, 1400, [("[201]", "Short", 0.16), ("[202]", "Long", 0.155)]),
]


def plan(campaign, chance):
    """Requests of one campaign as (hour, path, user agent, address that it comes from)."""
    for number in range(campaign.people):
        variation, _, click_rate = campaign.variations[number % len(campaign.variations)]
        person = "cuid=" + urllib.parse.quote(f"{campaign.number}-{number}@mail.example", safe="")
        common = f"{person}&sec={SECTION}&expId={campaign.number}&expVer=1&va={urllib.parse.quote(variation)}"
        agent = chance.choice(BROWSERS)
        first = campaign.hour + min(int(chance.expovariate(1 / 9.0)), 90)
        # Rules look at who shares an address: people have one each, machines a few between them.
        home = f"127.{campaign.number[-2:]}.{number // 250}.{1 + number % 250}"
        if chance.random() < 0.22:
            yield campaign.hour + chance.randrange(3), f"/tremop?{common}", AHEAD, f"127.200.0.{1 + number % 7}"
        if chance.random() < 0.05:
            for link in chance.sample(LINKS, 4):
                yield campaign.hour, click(common, link), chance.choice(SCANNERS), f"127.201.0.{1 + number % 5}"
        if chance.random() > 0.42:
            continue
        for again in range(1 + (chance.random() < 0.3)):
            yield first + again * chance.randrange(1, 30), f"/tremop?{common}", chance.choice(MAIL_CLIENTS), home
        if chance.random() < click_rate / 0.42:
            place = min(int(chance.expovariate(0.9)), len(LINKS) - 1)
            yield first, click(common, LINKS[place], damaged=chance.random() < 0.06), agent, home
            if chance.random() < 0.04:
                yield first, click(common, "", host="partner.example"), agent, home


def click(common, link, host="www.mywebsite.com", damaged=False):
    target = urllib.parse.quote(f"https://{host}/{link}", safe="")
    query = f"{common}&targetUrl={target}"
    return "/tremclk?" + (query.replace("&", "&amp;") if damaged else query)


class Server:
    def __init__(self, binary, data, configuration, clock=None):
        environment = dict(os.environ)
        if clock:
            library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0]
            environment.update(
                LD_PRELOAD=library, FAKETIME_TIMESTAMP_FILE=clock, FAKETIME_NO_CACHE="1",
                FAKETIME_DONT_FAKE_MONOTONIC="1", DONT_FAKE_MONOTONIC="1")
        self.process = subprocess.Popen(
            [binary, "serve", "--config", configuration, "--data", data, "--listen", "127.0.0.1:0", "--admin",
             "127.0.0.1:0", "--workers", "1"], stderr=subprocess.PIPE, text=True, env=environment)
        for line in self.process.stderr:
            if match := re.search(r"event=listening edge=127\.0\.0\.1:(\d+) admin=127\.0\.0\.1:(\d+)", line):
                self.port, self.admin = map(int, match.groups())
                return
        raise SystemExit("screenshots: the server did not start")

    def stop(self):
        self.process.stderr.close()
        self.process.terminate()
        self.process.wait()


def play(binary, data, configuration, folder):
    clock = os.path.join(folder, "clock")

    def set_clock(hour):
        with open(clock + ".new", "w") as file:
            file.write(f"-{HOURS - hour}h\n")
        os.replace(clock + ".new", clock)

    set_clock(0)
    server = Server(binary, data, configuration, clock)
    chance = random.Random(7)
    requests = sorted((r for c in CAMPAIGNS for r in plan(c, chance)), key=lambda r: r[0])
    hour = -1
    for at, path, agent, address in requests:
        if at > HOURS:
            break
        if at != hour:
            set_clock(at)
            hour = at
        client = http.client.HTTPConnection("127.0.0.1", server.port, source_address=(address, 0))
        client.request("GET", path, headers={"User-Agent": agent} if agent else {})
        client.getresponse().read()
        client.close()
    shared = ["--config", configuration, "--data", data, "--sec", SECTION]
    start = time.time() - HOURS * 3600
    for campaign in CAMPAIGNS:
        named = shared + ["--exp-id", campaign.number]
        subprocess.run([binary, "name", *named, campaign.name], check=True)
        share = campaign.people // len(campaign.variations)
        for variation, name, _ in campaign.variations:
            subprocess.run([binary, "name", *named, "--va", variation, name], check=True)
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start + campaign.hour * 3600))
            subprocess.run(
                [binary, "sends", "add", *named, "--exp-ver", "1", "--va", variation, "--sent", str(share),
                 "--delivered", str(share - share // 60), "--time", moment], check=True, stdout=subprocess.DEVNULL)
    set_clock(HOURS)
    server.stop()


def shoot(url, output, width, height, dark=False, scale=1):
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             f"--user-data-dir={profile}", f"--force-device-scale-factor={scale}",
             f"--window-size={width},{height}", f"--screenshot={output}"]
            + (["--blink-settings=preferredColorScheme=0"] if dark else []) + [url],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def card_end(url, heading, width):
    """Where the card with a heading ends, in pixels from the top of the page: a picture is not cut inside of one."""
    with urllib.request.urlopen(url) as answer:
        page = answer.read().decode()
    look = (
        "<script>for (const h of document.querySelectorAll('h2')) if (h.textContent === '" + heading + "') "
        "document.body.dataset.end = Math.ceil(h.closest('.card').getBoundingClientRect().bottom)</script></body>")
    with tempfile.TemporaryDirectory() as folder:
        # The page itself allows no script; a copy has no header that says so.
        copy = os.path.join(folder, "page.html")
        with open(copy, "w") as file:
            file.write(page.replace("</body>", look))
        seen = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             f"--user-data-dir={folder}/profile", f"--window-size={width},900", "--dump-dom", f"file://{copy}"],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    if match := re.search(r'data-end="(\d+)"', seen):
        return int(match[1])
    raise SystemExit(f"screenshots: the page has no card “{heading}”")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--binary", default=".build/release/tremolo")
    arguments.add_argument("--config", default="Config/tremolo.json5")
    arguments.add_argument("--data", help="a data folder to show in place of the campaigns that are played")
    arguments.add_argument("--campaign", default=f"sec={SECTION}&expId=2041", help="the campaign that is shown")
    arguments.add_argument("--output", default="Documentation/images/dashboard.png")
    arguments.add_argument("--all", help="a folder for pictures of every page, narrow and wide, light, dark and printed")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or os.path.join(folder, "data")
        if not options.data:
            play(options.binary, data, options.config, folder)
        server = Server(options.binary, data, options.config)
        try:
            root = f"http://127.0.0.1:{server.admin}"
            campaign = f"{root}/campaign?{options.campaign}"
            if not options.all:
                shoot(campaign, options.output, 1160, card_end(campaign, "Variations", 1160) + 8)
                return
            os.makedirs(options.all, exist_ok=True)
            pages = {"campaigns": f"{root}/", "everything": f"{root}/?count=all", "campaign": campaign,
                     "campaign-all": f"{campaign}&count=all", "health": f"{root}/health",
                     "table": f"{root}/table?by=link"}
            for name, url in pages.items():
                for width, height in [(1280, 2300), (390, 5200)]:
                    shoot(url, f"{options.all}/{name}-{width}.png", width, height)
                shoot(url, f"{options.all}/{name}-dark.png", 1280, 2300, dark=True)
                subprocess.run(
                    ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
                     f"--user-data-dir={folder}/print", f"--print-to-pdf={options.all}/{name}.pdf", url],
                    check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
