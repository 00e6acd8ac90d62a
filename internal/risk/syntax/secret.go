package syntax

import (
	"regexp"
	"strings"
)

// What reaches for secrets, and what carries them off.

var metadataMarks = []string{"169.254.169.254", "metadata.google.internal", "100.100.100.200", "fd00:ec2::254", "169.254.170.2"}

func (p *program) metadata() (int, bool) {
	return anyText(p.texts, func(s string) bool { return containsAny(s, metadataMarks) })
}

// secretPath grades a path: 2 for secrets, 1 for the list of accounts, 0 for others.
func secretPath(s string) int {
	if strings.IndexByte(s, '/') < 0 && strings.IndexByte(s, '.') < 0 || len(s) > 300 || strings.Contains(s, "://") {
		return 0
	}
	if strings.HasSuffix(s, ".pub") {
		return 0
	}
	if containsAny(s, secretMarks) {
		return 2
	}
	if strings.Contains(s, "/etc/passwd") || strings.Contains(s, "/etc/group") {
		return 1
	}
	return 0
}

var secretMarks = []string{".ssh/id_", ".aws/credentials", ".aws/config", "/etc/shadow", "/etc/gshadow", "/etc/master.passwd", ".netrc", ".pgpass",
	".docker/config.json", ".kube/config", ".git-credentials", ".gnupg/", ".config/gcloud", ".azure/", "/etc/sudoers", "/wallet.dat",
	"serviceaccount/token", ".config/gh/hosts", "Login Data", "logins.json", "key4.db", ".bash_history", ".zsh_history",
	"/etc/kubernetes/admin.conf", "/etc/krb5.keytab", "/etc/ssl/private", "etc/security/passwd", ".mozilla/firefox", "google-chrome/Default",
	"/etc/security/opasswd", "/root/.ssh", ".local/share/keyrings", "discord/Local Storage", "Telegram Desktop/tdata", "/etc/ssh/ssh_host_"}

// secretBases are names that mean a secret at the end of any path.
var secretBases = set(".ssh", ".gnupg", ".aws", ".kube", "id_rsa", "id_ed25519", "id_ecdsa", "id_dsa", ".npmrc", ".pypirc", ".vault-token")

func secretBase(s string) bool {
	s = strings.TrimRight(s, "/*")
	i := strings.LastIndexByte(s, '/')
	return i >= 0 && secretBases[s[i+1:]]
}

func (p *program) credentials() (int, bool) {
	return either(
		func() (int, bool) {
			return anyText(p.texts, func(s string) bool {
				return secretPath(s) == 2 || secretBase(s)
			})
		},
		func() (int, bool) {
			return p.each(func(c *call) bool {
				for _, a := range c.args {
					if a.text != unknown && a.built && secretPath(a.text) == 2 || !a.known && secretPath(a.text) == 2 {
						return true
					}
				}
				return false
			})
		},
		func() (int, bool) {
			return p.started([]string{"find", "locate", "grep", "kubectl"}, func(c *call) bool {
				switch t := texted(c.args); c.name {
				case "find", "locate": // a search for keys, wherever they are
					for _, a := range c.args {
						if n := strings.Trim(a.text, "*/."); n != "" && keyNames[n] {
							return true
						}
					}
					return false
				case "grep":
					root := c.args[max(len(c.args)-1, 0):]
					return flagged(c.args, "rR") && len(root) == 1 && (wide(root[0].text)) && containsAny(t, []string{"assword", "secret", "token"})
				default:
					return has(c.args, "get", "describe") && has(c.args, "secrets", "secret")
				}
			})
		},
	)
}

var keyNames = set("id_rsa", "id_ed25519", "id_dsa", "id_ecdsa", "gnupg", "pem", "ppk", "pfx", "p12", "kdbx", "accessTokens.json",
	"msal_token_cache.json", "token", "credentials", "aws", "ssh", "netrc", "git-credentials", "wallet.dat")

var dropPlaces = []string{"discord.com/api/webhooks", "discordapp.com/api/webhooks", "hooks.slack.com/services", "api.telegram.org/bot", "webhook.site", "requestbin",
	"pipedream.net", "oastify.com", "burpcollaborator", "interact.sh", "oast.", "ngrok.io", "ngrok-free", "transfer.sh", "file.io", "pastebin.com/api", "hastebin",
	"0x0.st", "anonfiles", "gofile.io", "temp.sh", "trycloudflare.com", "beeceptor.com", "dnslog.cn", "ceye.io", "bashupload.com"}

var senders = set("requests.post", "requests.put", "requests.request", "requests.get", "urllib.request.urlopen", "urllib.request.Request", "httpx.post",
	"fetch", "axios.post", "axios.get", "axios", "https.request", "http.request", "socket.socket().send", "socket.socket().sendall", "socket.socket().sendto",
	"https.get", "http.get", "https.request().write", "http.request().write", "urllib2.urlopen", "urllib2.Request", "urlopen", "Request", "http.client.HTTPSConnection().request",
	"http.client.HTTPConnection().request", "smtplib.SMTP().sendmail", "ftplib.FTP().storbinary")

func (p *program) exfiltrates() (int, bool) {
	return either(
		func() (int, bool) {
			return anyText(p.texts, func(s string) bool { return strings.IndexByte(s, '.') > 0 && containsAny(s, dropPlaces) })
		},
		func() (int, bool) {
			return p.findIn(senders, func(c *call) bool { return flows(c.args)&(fromEnv|fromFile) != 0 })
		},
		func() (int, bool) {
			return p.started([]string{"curl", "wget", "nc", "ncat", "netcat", "ssh", "socat", "dig", "nslookup"}, func(c *call) bool {
				return (flows(c.args)|c.stdin)&(fromEnv|fromFile) != 0
			})
		},
	)
}

func (p *program) harvestsEnv() (int, bool) {
	return p.find([]string{"JSON.stringify", "json.dumps", "dict", "str", "repr", "Object.entries", "Object.keys", "json.dump",
		"pickle.dumps", "urllib.parse.urlencode", "base64.b64encode"}, func(c *call) bool {
		return flows(c.args)&fromEnv != 0
	})
}

var processMemory = regexp.MustCompile(`^/proc/[^/]+/(mem|maps?|environ)$`)

func (p *program) readsProcessMemory() (int, bool) {
	other := func(s string) bool {
		return len(s) < 64 && strings.HasPrefix(s, "/proc/") && processMemory.MatchString(s) && !strings.HasPrefix(s, "/proc/self/m")
	}
	return either(
		func() (int, bool) { return anyText(p.texts, other) },
		func() (int, bool) { return p.started([]string{"gcore", "procdump", "ptrace"}, nil) },
	)
}

func (p *program) accounts() (int, bool) {
	return either(
		func() (int, bool) { return anyText(p.texts, func(s string) bool { return secretPath(s) == 1 }) },
		func() (int, bool) {
			return p.started([]string{"chpasswd", "dscl", "useradd", "adduser", "pw"}, func(c *call) bool {
				return c.name != "pw" || has(c.args, "useradd", "usermod")
			})
		},
	)
}
