"""What hostile callers may say, type, text or call themselves: one list for every inlet and every outlet."""

MARK = "hacked"  # the property of `window` that whatever runs would set
RUN = f"window.{MARK}=1"
LOG_LINE = "CRITICAL forged: all is well"
HOSTILE = {
    "script": f"<script>{RUN};alert(1)</script>Is there parking?",
    "closing tags": f"</textarea></title></template></li></script><script>{RUN}</script>",
    "event handler": f'"><img src=x onerror="{RUN};alert(2)"> <svg onload={RUN}>',
    "attribute": f'\' autofocus onfocus={RUN} data-x=\' " onmouseover="{RUN}" x="',
    "javascript link": f'javascript:{RUN} <a href="javascript:{RUN}">press</a> https://evil.example/?q=1',
    "frame and form": f'<iframe srcdoc="<script>parent.{MARK}=1</script>"></iframe><form action=//evil.example>',
    "style": "<style>*{display:none}</style><link rel=stylesheet href=//evil.example/x.css><base href=//evil.example/>",
    "template": "{{ 7|add:42 }} {% now 'Y' %} ${7*7} #{7*7} {{constructor.constructor('x')()}} <%= 7*7 %>",
    "control characters": "Do you \x00take\x07 \x1b[31mcards\x1b[0m\x08\x7f\u2028?",
    "bidi": "Do you take \u202etxet\u202c and \u2066\u2067more\u2069\u2069?",
    "right to left": "هل لديكم غرفة خاصة للنساء؟ האם יש חניה?",
    "emoji": "👩🏽‍🦰💇🏿‍♀️" * 40 + "Z" + "\u0301" * 60,
    "long word": "W" * 3000,
    "formula": '=HYPERLINK("http://evil.example","Prices")',
    "command formula": "@SUM(1+1)*cmd|' /C calc'!A0",
    "tab formula": "\t+1-1",
    "log lines": f"parking?\n{LOG_LINE}\r\n{LOG_LINE}",
    "format": "%s%n%(asctime)s {0} {settings.SECRET_KEY} \\u003cscript\\u003e &lt;script&gt;",
    "query": "'; DROP TABLE supervision_call; -- ",
    "too long": "A question " * 6000,
}
