# Reads the part of #cloud-config this guest acts on. `want` is one of hostname, keys, script.
# Understands block YAML, flow YAML and JSON (which is flow YAML) without anchors, tags or multi-document streams;
# a file it cannot read yields nothing, as with cloud-init, and the reason goes to stderr.
#
# The document becomes a flat table: V["/runcmd/0"] is a scalar, N["/runcmd"] the length of a sequence.

{ lines[++count] = $0 }

END {
  at = 1
  skip_blank()
  if (at <= count) {
    if (lines[at] ~ /^ *[\[{]/) { text = ""; for (i = at; i <= count; i++) text = text lines[i] "\n"; pos = 1; flow("") }
    else block("", indent_of(lines[at]))
  }
  if (want == "hostname") print_hostname()
  if (want == "keys") print_keys()
  if (want == "script") print_script()
}

function indent_of(line) { match(line, /^ */); return RLENGTH }
function skip_blank() { while (at <= count && lines[at] ~ /^ *(#.*)?$/) at++ }
function trim(s) { sub(/^[ \t\r]+/, "", s); sub(/[ \t\r]+$/, "", s); return s }
function is_entry(s) { return s ~ /^-( |$)/ }
function is_pair(s) { return s ~ /^("[^"]*"|'[^']*'|[^ "'\[{|>#-][^"'\[{]*):( |$)/ }

# A node that starts at lines[at], whose indent is `ind`.
function block(path, ind,    s) {
  s = trim(lines[at])
  if (is_entry(s)) sequence(path, ind)
  else if (is_pair(s)) mapping(path, ind)
  else { at++; scalar_node(path, s, ind - 1) }
}

function sequence(path, ind,    i, s) {
  i = 0
  while (at <= count && indent_of(lines[at]) == ind && is_entry(trim(lines[at]))) {
    s = trim(substr(trim(lines[at]), 2))
    if (s == "") { at++; nested(path "/" i, ind + 1) }
    else if (is_entry(s) || is_pair(s)) {
      # "- a: b" is a mapping whose indent is that of `a`: put spaces where the dash was and read it there.
      sub(/-/, " ", lines[at]); block(path "/" i, indent_of(lines[at]))
    } else { at++; scalar_node(path "/" i, s, ind) }
    i++; skip_blank()
  }
  N[path] = i
}

function mapping(path, ind,    s, key, rest, colon) {
  while (at <= count && indent_of(lines[at]) == ind && is_pair(trim(lines[at]))) {
    s = trim(lines[at])
    colon = match(s, /:( |$)/); key = unquote(substr(s, 1, colon - 1)); rest = trim(substr(s, colon + 1))
    if (rest ~ /^#/) rest = ""
    at++
    if (rest == "") nested(path "/" key, ind)
    else scalar_node(path "/" key, rest, ind)
    skip_blank()
  }
}

# The value of a key or entry that has nothing on its own line. A sequence may sit at the indent of its key.
function nested(path, ind,    i) {
  skip_blank()
  if (at > count) return
  i = indent_of(lines[at])
  if (i > ind || (i == ind && is_entry(trim(lines[at])))) block(path, i)
}

# A scalar or flow value whose first line is `s`; further lines deeper than `ind` belong to it.
function scalar_node(path, s, ind,    inner, out, fold) {
  if (s ~ /^[|>]/) {
    out = ""; inner = -1; fold = s ~ /^>/
    while (at <= count && (lines[at] ~ /^ *$/ || indent_of(lines[at]) > ind)) {
      if (inner < 0 && lines[at] !~ /^ *$/) inner = indent_of(lines[at])
      out = out substr(lines[at], inner + 1) (fold ? " " : "\n"); at++
    }
    if (s ~ /-/) sub(/[ \n]+$/, "", out)
    V[path] = out
    return
  }
  while (at <= count && lines[at] !~ /^ *$/ && indent_of(lines[at]) > ind && !closed(s)) { s = s " " trim(lines[at]); at++ }
  if (s ~ /^[\[{]/) { text = s; pos = 1; flow(path) }
  else V[path] = unquote(s ~ /^["']/ ? s : uncomment(s))
}

function uncomment(s) { sub(/ #.*$/, "", s); return trim(s) }
function closed(s,    i, c, depth, quote) {
  if (s ~ /^"([^"\\]|\\.)*"$/ || s ~ /^'[^']*'$/) return 1
  if (s !~ /^[\[{]/) return 0
  depth = 0; quote = ""
  for (i = 1; i <= length(s); i++) {
    c = substr(s, i, 1)
    if (quote != "") { if (c == "\\" && quote == "\"") i++; else if (c == quote) quote = "" }
    else if (c == "\"" || c == "'") quote = c
    else if (c ~ /[\[{]/) depth++
    else if (c ~ /[]}]/) depth--
  }
  return depth <= 0
}

function unquote(s,    saved, savedpos, out) {
  if (s !~ /^["']/) return s
  saved = text; savedpos = pos; text = s; pos = 1; out = flow_scalar(); text = saved; pos = savedpos
  return out
}

function space() { while (pos <= length(text) && substr(text, pos, 1) ~ /[ \t\r\n]/) pos++ }
function flow(path,    c, i, key) {
  space(); c = substr(text, pos, 1)
  if (c == "[") {
    pos++; i = 0; space()
    while (pos <= length(text) && substr(text, pos, 1) != "]") { flow(path "/" i); i++; space(); if (substr(text, pos, 1) == ",") pos++; space() }
    pos++; N[path] = i
  } else if (c == "{") {
    pos++; space()
    while (pos <= length(text) && substr(text, pos, 1) != "}") {
      key = flow_scalar(); space(); if (substr(text, pos, 1) == ":") pos++
      flow(path "/" key); space(); if (substr(text, pos, 1) == ",") pos++; space()
    }
    pos++
  } else V[path] = flow_scalar()
}

function flow_scalar(    c, quote, out) {
  space(); quote = substr(text, pos, 1); out = ""
  if (quote != "\"" && quote != "'") {
    while (pos <= length(text)) {
      c = substr(text, pos, 1)
      if (c ~ /[],}\n]/ || (c == ":" && substr(text, pos + 1, 1) ~ /^[ \n]?$/)) break
      out = out c; pos++
    }
    return trim(out)
  }
  pos++
  while (pos <= length(text)) {
    c = substr(text, pos, 1); pos++
    if (c == quote) { if (quote == "'" && substr(text, pos, 1) == "'") { out = out "'"; pos++; continue } break }
    if (c == "\\" && quote == "\"") { c = substr(text, pos, 1); pos++; out = out escaped(c) } else out = out c
  }
  return out
}

function escaped(c,    code) {
  if (c == "n") return "\n"
  if (c == "t") return "\t"
  if (c == "r") return "\r"
  if (c != "u") return c
  code = substr(text, pos, 4); pos += 4
  return sprintf("%c", hex(code))
}
function hex(s,    i, n) { n = 0; for (i = 1; i <= length(s); i++) n = n * 16 + index("0123456789abcdef", tolower(substr(s, i, 1))) - 1; return n }

function shell_quote(s) { gsub(/'/, "'\\''", s); return "'" s "'" }

function print_hostname() {
  if (("/hostname") in V) print V["/hostname"]
  else if (("/fqdn") in V) { sub(/\..*/, "", V["/fqdn"]); print V["/fqdn"] }
}

function print_keys(    path) {
  for (path in V) if (path ~ /^(\/users\/[0-9]+)?\/ssh[_-]authorized[_-]keys\/[0-9]+$/ && V[path] != "") print V[path]
}

function print_script(    i, j, path, line) {
  for (i = 0; i < N["/write_files"]; i++) {
    path = "/write_files/" i
    print "mkdir -p \"$(dirname " shell_quote(V[path "/path"]) ")\""
    print "printf %s " shell_quote(V[path "/content"]) (V[path "/encoding"] ~ /^b(ase)?64$/ ? " | base64 -d" : "") " > " shell_quote(V[path "/path"])
    if ((path "/permissions") in V) print "chmod " shell_quote(V[path "/permissions"]) " " shell_quote(V[path "/path"])
  }
  for (i = 0; i < N["/runcmd"]; i++) {
    path = "/runcmd/" i
    if (!(path in N)) { print V[path]; continue }
    line = ""
    for (j = 0; j < N[path]; j++) line = line (j ? " " : "") shell_quote(V[path "/" j])
    print line
  }
}
