/** The look of the flamegraph's page, dark or light as the reader's system has it, or as chosen. */
export const pageStyle = `
:root { color-scheme: light; --back: #fff; --text: #1c1e21; --dim: #5f6670; --line: #d9dce1; --edge: #fff; --mark: #7b2ff7;
  --own: #f2a65a; --package: #8ab6e8; --node: #a9cf94; --engine: #c9ccd1; }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { color-scheme: dark; --back: #16181c; --text: #e6e8eb;
  --dim: #9aa1ab; --line: #33373e; --edge: #16181c; --mark: #c79bff; --own: #b8692a; --package: #33679f; --node: #4f7d3b;
  --engine: #50555d; } }
:root[data-theme=dark] { color-scheme: dark; --back: #16181c; --text: #e6e8eb; --dim: #9aa1ab; --line: #33373e; --edge: #16181c;
  --mark: #c79bff; --own: #b8692a; --package: #33679f; --node: #4f7d3b; --engine: #50555d; }
body { margin: 0; padding: 12px 16px 40px; background: var(--back); color: var(--text); font: 14px/1.45 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; }
h1 { flex: 1 1 240px; margin: 0; font-size: 16px; overflow-wrap: anywhere; }
input, button { font: inherit; padding: 3px 8px; }
nav { display: flex; flex-wrap: wrap; gap: 4px; margin: 12px 0 0; }
nav:empty { display: none; }
nav button { max-width: 320px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
nav button[aria-selected=true] { font-weight: 600; outline: 2px solid var(--mark); }
#summary, #details { margin: 8px 0; color: var(--dim); }
#details { min-height: 3em; color: var(--text); overflow-wrap: anywhere; }
.key { display: inline-block; width: 10px; height: 10px; margin: 0 4px 0 12px; }
#graph { overflow-y: auto; max-height: 65vh; border: 1px solid var(--line); }
canvas { display: block; width: 100%; cursor: pointer; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 2px 12px 2px 0; text-align: left; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td:nth-child(4) { color: var(--dim); }
tbody tr { cursor: pointer; }
`;
