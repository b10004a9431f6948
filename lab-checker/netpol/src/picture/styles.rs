//! How pictures look. The same rules serve a page, which brings its own colours, and a document of its own.

/// The rules, for a page: they read the page's colours where it has some, and have their own where not.
pub const PICTURE_STYLES: &str = "\
.picture{display:block;max-width:100%;height:auto;font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,\
\"Noto Sans\",\"Liberation Sans\",Arial,sans-serif}
.picture text{font-size:12px;fill:var(--fg,#2a2622)}
.picture .group>rect{fill:none;stroke:var(--muted,#665f56);stroke-opacity:.55;stroke-dasharray:5 4}
.picture .group.outside>rect{stroke-dasharray:1 4}
.picture .heading{font-size:12px;font-weight:600;fill:var(--muted,#665f56)}
.picture a .heading{text-decoration:underline}
.picture .node rect{fill:var(--card,#fff);stroke:var(--muted,#665f56);stroke-width:1.4}
.picture .node.stranger rect,.picture .node.outside rect{stroke-dasharray:4 3}
.picture .node.intruder rect{stroke:var(--bad,#a82b25);fill:var(--bad-soft,#fcedec);stroke-width:2.2}
.picture .node.intruder text{fill:var(--bad,#a82b25)}
.picture .node.stranger text{font-style:italic}
.picture .node text{font-size:13px;font-weight:600;text-anchor:middle}
.picture .node .below{font-size:11px;font-weight:400;fill:var(--muted,#665f56)}
.picture .node .stack{stroke-opacity:.6}
.picture .line{fill:none;stroke-width:1.5;stroke:var(--note,#2b5f8a)}
.picture .tip{fill:var(--note,#2b5f8a)}
.picture path.hit{fill:none;stroke:transparent;stroke-width:16;pointer-events:stroke}
.picture rect.hit{fill:transparent}
.picture .back{fill:var(--card,#fff);fill-opacity:.88}
.picture .port{font-size:11px;text-anchor:middle;fill:var(--fg,#2a2622)}
.picture .mark text{font-size:12px;font-weight:700;text-anchor:middle}
.picture .unsure .line{stroke-dasharray:7 3 1 3}
.picture .right .line{stroke:var(--good,#1a6f45)}
.picture .right .tip{fill:var(--good,#1a6f45)}
.picture .wrong .line{stroke:var(--bad,#a82b25);stroke-width:2.8;stroke-dasharray:9 3}
.picture .wrong .tip,.picture .wrong .mark circle{fill:var(--bad,#a82b25)}
.picture .wrong .mark text{fill:var(--card,#fff)}
.picture .missing .line{stroke:var(--warn,#8a5a00);stroke-width:2;stroke-dasharray:2 4}
.picture .missing .tip{fill:var(--card,#fff);stroke:var(--warn,#8a5a00)}
.picture .missing .mark circle{fill:var(--card,#fff);stroke:var(--warn,#8a5a00);stroke-width:1.4}
.picture .missing .mark text{fill:var(--warn,#8a5a00)}
.picture .gone .line{stroke:var(--muted,#665f56);stroke-width:1.2;stroke-dasharray:1 5}
.picture .gone .tip{fill:none;stroke:var(--muted,#665f56)}
.picture .gone .port{fill:var(--muted,#665f56);text-decoration:line-through}
.picture .halo{fill:none;stroke:var(--note,#2b5f8a);stroke-opacity:.22;stroke-width:8;stroke-linecap:round}
.picture .changed .port{font-weight:700}
.picture a{cursor:pointer}
.picture a:hover .line,.picture a:focus-visible .line,.picture .lit .line{stroke-width:4}
.picture a:focus-visible{outline:2px solid var(--accent,#9c4a1a);outline-offset:2px}
.picture .legend text,.picture .note{font-size:11px;fill:var(--muted,#665f56)}
";

/// The colours of a picture that stands alone, light or dark as its reader likes it.
pub(super) const PALETTE: &str = "\
:root{--fg:#2a2622;--card:#fff;--muted:#665f56;--good:#1a6f45;--bad:#a82b25;--warn:#8a5a00;--note:#2b5f8a;\
--accent:#9c4a1a}
@media(prefers-color-scheme:dark){:root{--fg:#e6e1da;--card:#1c222b;--muted:#a2abb8;--good:#6dcf9c;--bad:#ff9a92;\
--warn:#e9c46a;--note:#8fc1ea;--accent:#eba478}}
.picture .page{fill:var(--card)}
";
