// Turns every ```http,wire,chNN block into a console: it sends its bytes to chapter NN's
// server and shows the bytes that come back. Where no workbook serves the page (a web site,
// or a file opened by hand) the block stays a block, with a line that says why.
"use strict";

(async () => {
    const blocks = [...document.querySelectorAll("code.wire")];
    if (blocks.length === 0) {
        return;
    }
    const relay = new URL(`${path_to_root}workbook/wire/`, location.href);
    const onThisMachine = ["localhost", "127.0.0.1"].includes(location.hostname);
    const served = onThisMachine && await fetch(relay).then((reply) => reply.ok, () => false);
    blocks.forEach((code, index) => {
        const chapter = [...code.classList].find((name) => /^ch\d\d$/.test(name));
        const http = code.classList.contains("language-http");
        if (served && chapter) {
            // Not replaceWith alone: the panel must be on the page to get the focus back.
            const { form, restore } = panel(chapter, code.textContent, http, index);
            code.closest("pre").replaceWith(form);
            restore();
        } else {
            const note = element("p", "wire-note");
            note.append("Read the book with ", element("code", "", "cargo run"),
                " and you can send this from the page.");
            code.closest("pre").after(note);
        }
    });

    function panel(chapter, request, http, index) {
        const form = element("form", "wire");
        form.setAttribute("aria-label", `Console to ${chapter}`);
        const bar = element("div", "wire-bar");
        const crlf = choice("line ends are CR LF", http);
        const escapes = choice("\\r \\n \\0 \\xff are bytes", false);
        const finish = choice("then stop sending", !http);
        const again = element("button", "", "Restore");
        again.type = "button";
        const send = element("button", "", "Send");
        send.type = "submit";
        bar.append(element("strong", "", `To ${chapter}, port ${8000 + Number(chapter.slice(2))}`),
            crlf.label, escapes.label, finish.label, again, send);

        const input = element("textarea");
        input.id = `wire-${index}`;
        input.value = request;
        input.rows = Math.min(request.split("\n").length + 1, 16);
        input.spellcheck = false;
        input.autocapitalize = "off";
        input.setAttribute("aria-label", `Bytes to send to ${chapter}. Control Enter sends them.`);

        const answer = element("pre", "wire-answer");
        answer.hidden = true;
        answer.tabIndex = 0;
        answer.setAttribute("role", "region");
        answer.setAttribute("aria-label", `Bytes received from ${chapter}`);
        const status = element("p", "wire-status", "Ctrl+Enter sends.");
        status.setAttribute("role", "status");
        const log = element("pre", "wire-log");
        log.hidden = true;
        log.setAttribute("aria-label", "What the server wrote on its terminal");
        form.append(bar, input, answer, status, log);

        form.addEventListener("keydown", (event) => {
            // The book's own keys (arrows turn pages, s searches) must not work in here.
            // Tab is left alone: it leads out of the text, as everywhere.
            event.stopPropagation();
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
                event.preventDefault();
                form.requestSubmit();
            }
        });
        again.addEventListener("click", () => {
            input.value = request;
            input.focus();
        });

        // The book was built again, or the page was left: what was typed is kept for this tab,
        // as long as the block itself stays as it was.
        const memory = `wire ${location.pathname} ${index}`;
        const boxes = [crlf.box, escapes.box, finish.box];
        window.addEventListener("pagehide", () => {
            const typed = {
                request,
                text: input.value,
                checked: boxes.map((box) => box.checked),
                caret: document.activeElement === input
                    ? [input.selectionStart, input.selectionEnd]
                    : null,
            };
            sessionStorage.setItem(memory, JSON.stringify(typed));
        });
        function restore() {
            let typed = null;
            try {
                typed = JSON.parse(sessionStorage.getItem(memory));
            } catch {
                // This browser was told to keep nothing.
            }
            if (typed?.request !== request) {
                return;
            }
            input.value = typed.text;
            boxes.forEach((box, at) => {
                box.checked = typed.checked[at];
            });
            const [{ type }] = performance.getEntriesByType("navigation");
            if (typed.caret && type === "reload") {
                input.focus({ preventScroll: true });
                input.setSelectionRange(...typed.caret);
            }
        }
        form.addEventListener("submit", async (event) => {
            event.preventDefault();
            if (send.disabled) {
                return;
            }
            send.disabled = true;
            status.textContent = "Sending …";
            const bytes = encode(input.value, crlf.box.checked, escapes.box.checked);
            try {
                const target = new URL(chapter + (finish.box.checked ? "?finish" : ""), relay);
                const reply = await fetch(target, { method: "POST", body: bytes });
                if (reply.ok) {
                    show(await reply.json(), bytes.length);
                } else {
                    answer.hidden = true;
                    log.hidden = true;
                    status.textContent = (await reply.text()).trim();
                }
            } catch {
                answer.hidden = true;
                log.hidden = true;
                status.textContent = "The workbook is gone: start it again with cargo run.";
            }
            send.disabled = false;
        });

        function show(exchange, sent) {
            const reads = exchange.reads.map(unhex);
            const all = Uint8Array.from(reads.flatMap((bytes) => [...bytes]));
            // In a picture, bytes may look like letters of some script and are none.
            const text = decode(all) !== null;
            // Only in the head of a message must a line end be CR LF.
            let head = http ? headLength(all) : 0;
            answer.replaceChildren();
            reads.forEach((bytes, index) => {
                if (reads.length > 1) {
                    const size = `read ${index + 1}: ${plural(bytes.length, "byte")}`;
                    answer.append(element("span", "wire-read", size));
                }
                answer.append(...visible(bytes, text, head));
                head -= bytes.length;
            });
            answer.hidden = reads.length === 0;
            log.textContent = exchange.log.join("\n");
            log.hidden = exchange.log.length === 0;
            status.textContent = summary(exchange, sent, reads, chapter);
        }
        return { form, restore };
    }

    function summary(exchange, sent, reads, chapter) {
        const received = reads.reduce((sum, bytes) => sum + bytes.length, 0);
        const by = exchange.own
            ? `Your own server on port ${exchange.port} answered`
            : `The ${chapter} that the workbook started answered`;
        const end = {
            closed: "then it closed the connection",
            reset: "then it reset the connection",
            open: "and the connection was still open when we stopped listening",
            limit: "and there was more, which we did not read",
        }[exchange.ended];
        const came = received === 0
            ? "Nothing came back"
            : `${plural(received, "byte")} came back in ${plural(reads.length, "read")}`;
        return `${by}: ${plural(sent, "byte")} sent. ${came}, ${end}.`;
    }

    // The bytes of the text, with line ends and escapes as chosen.
    function encode(text, crlf, escapes) {
        const lines = crlf ? text.replaceAll(/\r?\n/g, "\r\n") : text;
        const encoder = new TextEncoder();
        if (!escapes) {
            return encoder.encode(lines);
        }
        const known = { r: 13, n: 10, t: 9, 0: 0, "\\": 92 };
        const bytes = [];
        for (const part of lines.split(/(\\x[0-9a-fA-F]{2}|\\[rnt0\\])/)) {
            if (/^\\x[0-9a-fA-F]{2}$/.test(part)) {
                bytes.push(parseInt(part.slice(2), 16));
            } else if (/^\\[rnt0\\]$/.test(part)) {
                bytes.push(known[part[1]]);
            } else {
                bytes.push(...encoder.encode(part));
            }
        }
        return new Uint8Array(bytes);
    }

    // Where the body begins: behind the first empty line.
    function headLength(bytes) {
        const end = bytes.findIndex((byte, at) => byte === 13 && bytes[at + 1] === 10
            && bytes[at + 2] === 13 && bytes[at + 3] === 10);
        return end < 0 ? bytes.length : end + 4;
    }

    // Text as it is; line ends, control bytes and bytes that are no text as signs. In the first
    // `head` bytes, a line feed without its carriage return stands out.
    function visible(bytes, isText, head) {
        const most = 4096;
        const parts = [];
        let text = "";
        const flush = () => {
            if (text) {
                parts.push(text);
                text = "";
            }
        };
        const sign = (label, extra = "") => {
            flush();
            parts.push(element("span", `wire-byte ${extra}`, label));
        };
        const end = Math.min(bytes.length, most);
        for (let at = 0; at < end; at += 1) {
            const byte = bytes[at];
            if (byte === 13 && bytes[at + 1] === 10) {
                sign("CRLF");
                parts.push("\n");
                at += 1;
            } else if (byte === 10) {
                sign("LF", at < head ? "wire-bare" : "");
                parts.push("\n");
            } else if (byte === 13) {
                sign("CR", at < head ? "wire-bare" : "");
            } else if (byte >= 32 && byte < 127) {
                text += String.fromCharCode(byte);
            } else {
                const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
                const decoded = byte < 0x80 || !isText ? null : decode(bytes.subarray(at, at + length));
                if (decoded === null) {
                    sign(`0x${byte.toString(16).padStart(2, "0")}`);
                } else {
                    text += decoded;
                    at += length - 1;
                }
            }
        }
        flush();
        if (bytes.length > most) {
            parts.push(element("span", "wire-read", `${bytes.length - most} bytes more`));
        }
        return parts;
    }

    function decode(bytes) {
        try {
            return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
        } catch {
            return null;
        }
    }

    function unhex(text) {
        const pairs = text.match(/../g) ?? [];
        return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
    }

    function plural(count, word) {
        return `${count} ${word}${count === 1 ? "" : "s"}`;
    }

    function choice(text, checked) {
        const label = element("label");
        const box = element("input");
        box.type = "checkbox";
        box.checked = checked;
        label.append(box, text);
        return { label, box };
    }

    function element(tag, className = "", text = "") {
        const made = document.createElement(tag);
        if (className) {
            made.className = className.trim();
        }
        made.textContent = text;
        return made;
    }
})();
