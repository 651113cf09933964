// Where the workbook serves the page: shows the page again when it was built again, says what
// is wrong when it could not be, and marks the chapters whose exercises pass.
"use strict";

(async () => {
    if (!["localhost", "127.0.0.1"].includes(location.hostname)) {
        return;
    }
    const root = typeof path_to_root === "string" ? path_to_root : "";
    const news = new URL(`${root}workbook/news`, location.href);
    let seen = 0;
    let built = 0;
    let waiting = new AbortController();

    // Only the page that is looked at asks: a browser opens six connections to one server.
    document.addEventListener("visibilitychange", () => {
        if (document.hidden) {
            waiting.abort();
        }
    });

    for (;;) {
        if (document.hidden) {
            await new Promise((wake) => {
                document.addEventListener("visibilitychange", wake, { once: true });
            });
            continue;
        }
        waiting = new AbortController();
        let reply;
        try {
            news.search = `since=${seen}`;
            // The answer comes when there is news, or after some seconds without.
            const response = await fetch(news, { signal: waiting.signal });
            if (!response.ok) {
                return; // some other server
            }
            reply = await response.json();
        } catch {
            if (seen === 0) {
                return;
            }
            // Aborted, or the workbook was stopped: it may come back.
            await new Promise((wake) => {
                setTimeout(wake, 1000);
            });
            continue;
        }
        // Built while this page was on its way here, or since the last news.
        const newer = reply.built > performance.timeOrigin || (built !== 0 && reply.built !== built);
        if (newer && !reply.fault) {
            location.reload();
            return;
        }
        seen = reply.build;
        built = reply.built;
        tell(reply.fault);
        mark(reply.marks);
    }

    // In the navigation: a check behind a chapter whose exercise passes, a fraction behind one
    // that was begun.
    function mark(marks) {
        document.querySelectorAll(".wb-mark").forEach((old) => old.remove());
        for (const [page, { passed, tasks }] of Object.entries(marks ?? {})) {
            for (const link of document.querySelectorAll("#mdbook-sidebar a, .sidebar a")) {
                if (!new URL(link.href, location.href).pathname.endsWith(`/${page}`)) {
                    continue;
                }
                if (link.querySelector(".wb-mark")) {
                    continue;
                }
                const sign = document.createElement("span");
                const all = passed === tasks;
                sign.className = all ? "wb-mark wb-mark-all" : "wb-mark";
                sign.textContent = all ? "\u2713" : `${passed}/${tasks}`;
                sign.title = all ? "all tasks pass" : `${passed} of ${tasks} tasks pass`;
                sign.setAttribute("role", "img");
                sign.setAttribute("aria-label", sign.title);
                link.append(" ", sign);
            }
        }
    }

    function tell(fault) {
        let box = document.querySelector(".wb-fault");
        if (!fault) {
            box?.remove();
            return;
        }
        if (!box) {
            box = document.createElement("div");
            box.className = "wb-fault";
            box.tabIndex = 0;
            box.setAttribute("role", "alert");
            document.body.append(box);
        }
        const text = document.createElement("pre");
        text.textContent = fault;
        box.replaceChildren("The book could not be built again; this is the last good one.", text);
    }
})();
