/**
 * What a model's answer may try on whatever shows it. Each string, were it to run, would set
 * `window.injected` or leave the page; none says anything that one would not read aloud.
 */

/** A string and what it tries. */
export interface HostileString {
  readonly tries:
    | 'script'
    | 'attribute'
    | 'svg'
    | 'link'
    | 'style'
    | 'template'
    | 'bidi'
    | 'terminal'
    | 'formula'
    | 'markdown'
    | 'break-out'
    | 'text';
  readonly text: string;
}

const RUN = 'window.injected=1';

const of = (tries: HostileString['tries'], ...texts: readonly string[]): HostileString[] =>
  texts.map((text) => ({ tries, text }));

/** The corpus; the count is asserted by the test that uses it. */
export const HOSTILE_STRINGS: readonly HostileString[] = [
  ...of(
    'script',
    `<script>${RUN}</script>`,
    `<SCRIPT>${RUN}</SCRIPT>`,
    `<script src="data:text/javascript,${RUN}"></script>`,
    `<scr<script>ipt>${RUN}</scr</script>ipt>`,
    `<script type="module">${RUN}</script>`,
    `<script\n>${RUN}</script\n>`,
    `<<script>${RUN}//<</script>`,
    `<noscript><p title="</noscript><img src=x onerror=${RUN}>"></noscript>`,
  ),
  ...of(
    'attribute',
    `<img src=x onerror=${RUN}>`,
    `<img src="x" onerror="${RUN}">`,
    `<IMG SRC=x ONERROR=${RUN}>`,
    `<body onload=${RUN}>`,
    `<input autofocus onfocus=${RUN}>`,
    `<details open ontoggle=${RUN}><summary>a</summary></details>`,
    `<video><source onerror="${RUN}"></video>`,
    `<audio src=x onerror=${RUN}>`,
    `<marquee onstart=${RUN}>a</marquee>`,
    `<div onpointerover="${RUN}" style="position:fixed;inset:0">a</div>`,
    `" onmouseover="${RUN}" data-x="`,
    `' onfocus='${RUN}' autofocus='`,
    '` onclick=window.injected=1 x=`',
    `x" onerror="${RUN}`,
    `<img src=x:x onerror\u000c=${RUN}>`,
    `<a href="#" onclick="${RUN}" autofocus>a</a>`,
  ),
  ...of(
    'svg',
    `<svg onload=${RUN}>`,
    `<svg><script>${RUN}</script></svg>`,
    `<svg><animate onbegin=${RUN} attributeName=x dur=1s></svg>`,
    `<svg><a xlink:href="javascript:${RUN}"><text>a</text></a></svg>`,
    `<svg><foreignObject><iframe srcdoc="<script>parent.injected=1</script>"></iframe></foreignObject></svg>`,
    `<svg><use href="data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><script>${RUN}</script></svg>#x"/></svg>`,
    `<math><mtext><table><mglyph><style><img src=x onerror=${RUN}></style></mglyph></table></mtext></math>`,
  ),
  ...of(
    'link',
    `<a href="javascript:${RUN}">a</a>`,
    `javascript:${RUN}`,
    `java\tscript:${RUN}`,
    `[a](javascript:${RUN})`,
    `![a](javascript:${RUN})`,
    `<javascript:${RUN}>`,
    `data:text/html,<script>${RUN}</script>`,
    `[a]: javascript:${RUN}\n\n[a]`,
    `<iframe src="javascript:parent.injected=1"></iframe>`,
    `<iframe srcdoc="<script>parent.injected=1</script>"></iframe>`,
    `<object data="data:text/html,<script>parent.injected=1</script>"></object>`,
    `<embed src="data:text/html,<script>parent.injected=1</script>">`,
    `<form action="javascript:${RUN}"><button autofocus>a</button></form>`,
    `<meta http-equiv="refresh" content="0;url=javascript:${RUN}">`,
    '<base href="http://127.0.0.1:9/">',
    '<link rel=stylesheet href="http://127.0.0.1:9/x.css">',
    '![a](http://127.0.0.1:9/pixel.png)',
  ),
  ...of(
    'style',
    '<style>body{display:none}</style>',
    '<p style="position:fixed;inset:0;background:red">a</p>',
    '</style><style>*{visibility:hidden}',
    '<style>@import "http://127.0.0.1:9/x.css";</style>',
  ),
  ...of(
    'template',
    `{{constructor.constructor('${RUN}')()}}`,
    `\${${RUN}}`,
    `<%= ${RUN} %>`,
    `{%raw%}${RUN}{%endraw%}`,
    `#{${RUN}}`,
    '__proto__',
    'constructor',
    '{"__proto__":{"injected":1}}',
    '%s %d %n %o',
    "$& $1 $` $'",
  ),
  ...of(
    'break-out',
    `</script><script>${RUN}</script>`,
    `<!--<script>${RUN}</script>`,
    `--><img src=x onerror=${RUN}>`,
    `]]><img src=x onerror=${RUN}>`,
    `</title><script>${RUN}</script>`,
    `</textarea><img src=x onerror=${RUN}>`,
    `</pre></td></tr></table><img src=x onerror=${RUN}>`,
    `\u2028${RUN}//\u2029`,
    `&lt;img src=x onerror=${RUN}&gt;`,
    `&#60;img src=x onerror=${RUN}&#62;`,
    `\\u003cimg src=x onerror=${RUN}\\u003e`,
    `\ufeff<script>${RUN}</script>`,
    `\uff1cscript\uff1e${RUN}\uff1c/script\uff1e`,
    `\u0000<img src=x onerror=${RUN}>`,
  ),
  ...of(
    'bidi',
    'a picture \u202egnp.elbmarh',
    '\u2066a\u2067b\u2068c\u2069',
    '\u200f\u200ea\u061cb',
    'a\u200bb\u2060c\ufeffd',
    '\u{e0061}\u{e0062}\u{e0063}',
  ),
  ...of(
    'terminal',
    '\u001b[31mred\u001b[0m',
    '\u001b]0;title\u0007',
    '\u001b]8;;http://127.0.0.1:9/\u001b\\link\u001b]8;;\u001b\\',
    '\u001b[2J\u001b[H',
    '\u009b31mred',
    'over\rwritten',
    'back\b\b\b\bspace',
    '\u001b]52;c;aGFybWxlc3M=\u0007',
    'bell\u0007 and\u000b\u000c',
  ),
  ...of(
    'formula',
    '=1+1',
    '=HYPERLINK("http://127.0.0.1:9/","a")',
    '+1+1',
    '-1+1',
    '@SUM(1,1)',
    '\t=1+1',
    '\r=1+1',
    '\uff1d1+1',
    "=cmd|' /C calc'!A0",
    '"=1+1',
    ',=1+1,',
    ';=1+1',
  ),
  ...of(
    'markdown',
    '# heading',
    '- item\n- item',
    '| a | b |\n|---|---|',
    '```\ncode',
    '**bold** _em_ ~~gone~~',
    '> quote',
    '@everyone https://example.invalid www.example.invalid',
    '$\\require{html}\\href{javascript:window.injected=1}{a}$',
  ),
  ...of(
    'text',
    '\ud800 half a pair',
    '',
    ' ',
    'a'.repeat(5000),
    '\u{1f600}'.repeat(300),
    'Z\u0351\u036b\u0343\u036a'.repeat(50),
  ),
];
