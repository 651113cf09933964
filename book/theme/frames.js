// What is wider than its frame (code on a narrow window, a large table, a picture) scrolls in it:
// the sign that it goes on, the way to it by Tab, and the arrow keys, which turn pages elsewhere.
"use strict";

(() => {
    const frames = document.querySelectorAll(
        ".content pre > code, .content .step pre, .content .table-wrapper, .content .picture",
    );

    function look(frame) {
        const hidden = frame.scrollWidth - frame.clientWidth;
        const left = Math.abs(frame.scrollLeft);
        frame.classList.toggle("wb-wide", hidden > 1);
        frame.classList.toggle("wb-more-left", hidden > 1 && left > 1);
        frame.classList.toggle("wb-more-right", hidden > 1 && left < hidden - 1);
        if (hidden > 1) {
            frame.tabIndex = 0;
        }
    }

    const sizes = new ResizeObserver((changes) => changes.forEach(({ target }) => look(target)));
    frames.forEach((frame) => {
        sizes.observe(frame);
        frame.addEventListener("scroll", () => look(frame), { passive: true });
    });
    // A frame keeps its size when the letters in it get their final shapes.
    document.fonts.ready.then(() => frames.forEach(look));

    // Before the book hears of it. What the key does by itself, it still does: it scrolls.
    window.addEventListener("keydown", (event) => {
        const sideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
        if (sideways && event.target.closest?.(".content pre, .wb-wide")) {
            event.stopPropagation();
        }
    }, { capture: true });
})();
