package testtool

import "strings"

// Hostile are strings that run, end or forge something in one of the formats that harender writes, by what they attack. What runs
// would make the file CANARY.
func Hostile(canary string) map[string]string {
	lookup := `{{ lookup("pipe", "touch ` + canary + `") }}`
	return map[string]string{
		"jinja": lookup, "jinja endraw": `{%endraw%}` + lookup + `{%raw%}`, "jinja trimmed": `{%- endraw -%}` + lookup + `{%- raw -%}`,
		"jinja nested": `{% endr{% endrawaw %}` + lookup, "jinja statement": `{% for x in lookup("pipe", "touch ` + canary + `") %}{% endfor %}`,
		"jinja header": "## template: jinja\n#cloud-config\nruncmd: [touch " + canary + "]",
		"shell":        `$(touch ` + canary + `)`, "shell backticks": "`touch " + canary + "`", "shell quotes": `'; touch ` + canary + `; '`,
		"shell double quotes": `"; touch ` + canary + `; "`, "shell without blanks": "$(touch${IFS}" + canary + ")", "shell line": "x\ntouch " + canary + "\n",
		"systemd specifier": "%n%i%%", "systemd dollars": "a$$b$c", "systemd continued": "x \\", "systemd directive": "x\nExecStartPre=/bin/touch " + canary,
		"systemd carriage return": "x\rExecStartPre=/bin/touch " + canary, "systemd separator": "x ; /bin/touch " + canary, "systemd escape": `\x0a\n\s`,
		"yaml colon": "a: b", "yaml dash": "- a", "yaml anchor": "&a b", "yaml alias": "*a", "yaml merge": "<<", "yaml tag": "!!python/object/apply:os.system [touch " + canary + "]",
		"yaml unsafe": "!unsafe x", "yaml no": "no", "yaml octal": "0o17", "yaml null": "~", "yaml date": "2001-01-01", "yaml sexagesimal": "1:20", "yaml document": "x\n---\ny: z",
		"yaml comment": "a #b", "yaml brackets": "]}, {[", "yaml separators": "a\u2028b\u0085c", "yaml block": "|\n  x\n y",
		"proxy comment": "# x", "proxy line": "x\n    server evil 192.0.2.1:6443", "proxy quotes": `"a' b\ c`, "braces": "}\nvrrp_script x {",
		"html": `<script>alert("` + canary + `")</script>`, "html attribute": `" onload="alert(1)" x='`, "svg": `</text></svg><svg onload="alert(1)">`, "html entity": "&lt;&#60;&amp;",
		"mermaid": "x\"]\n  click a href \"javascript:alert(1)\"", "mermaid directive": `%%{init: {"securityLevel": "loose"}}%%`, "markdown link": "[x](https://192.0.2.1)",
		"markdown image": "![x](https://192.0.2.1/x.png)", "markdown fence": "```\n# forged\n@everyone", "markdown long fence": "``````", "markdown table": "a | b |\n| - |",
		"markdown mention": "@everyone #1", "markdown comment": "--> forged <!--", "markdown backtick": "`", "markdown summary": "</code></summary></details> forged",
		"terminal": "\x1b[31mforged\x1b[0m", "terminal link": "\x1b]8;;https://192.0.2.1\x1b\\x\x1b]8;;\x1b\\", "terminal direction": "a\u202eb\u2066c", "terminal invisible": "a\u200bb\u00adc",
		"option": "--help", "path": "../../../etc/passwd", "variable": "$(HOST_IP)", "long": strings.Repeat("x", 5000), "template of go": "{{ .Values }}", "jsonnet": `' + importstr '/etc/passwd' + '`,
	}
}
