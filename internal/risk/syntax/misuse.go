package syntax

import (
	"net/netip"
	"regexp"
	"strings"
)

// What a sandbox is not for, though it may harm no one in it.

var miners = []string{"stratum+tcp://", "stratum+ssl://", "stratum2+tcp://", "pool.minexmr", "supportxmr.com", "nanopool.org", "moneroocean", "2miners.com",
	"f2pool.com", "hashvault.pro", "nicehash.com", "coinhive", "cryptonight", "--donate-level", "randomx"}

func (p *program) mines() (int, bool) {
	return either(
		func() (int, bool) {
			return anyText(p.texts, func(s string) bool { return len(s) > 7 && containsAny(s, miners) })
		},
		func() (int, bool) {
			return p.started([]string{"xmrig", "minerd", "cpuminer", "ethminer", "t-rex", "nbminer", "lolMiner", "cgminer", "xmr-stak"}, nil)
		},
		func() (int, bool) {
			return anyText(p.modules, func(s string) bool { return s == "coinhive" || s == "xmrig" })
		},
	)
}

func (p *program) scans() (int, bool) {
	return either(
		func() (int, bool) { return p.started([]string{"/dev/tcp"}, nil) },
		func() (int, bool) {
			return p.started([]string{"nmap", "masscan", "zmap", "rustscan", "unicornscan"}, func(c *call) bool { return len(plain(c.args)) > 0 })
		},
		func() (int, bool) {
			return p.started([]string{"tcpdump", "tshark"}, func(c *call) bool { return flagged(c.args, "i") })
		},
		func() (int, bool) {
			return p.startedIn(netcats, func(c *call) bool {
				return flagged(c.args, "z") && strings.Contains(texted(c.args), "-") && len(plain(c.args)) > 1 && strings.Contains(plain(c.args)[1].text, "-")
			})
		},
	)
}

var addressURL = regexp.MustCompile(`^(?:https?|ftp|wss?|tcp)://(\d{1,3}(?:\.\d{1,3}){3})(?:[:/]|$)`)

func (p *program) rawAddress() (int, bool) {
	return anyText(p.texts, func(s string) bool {
		if len(s) > 2000 || !strings.Contains(s, "://") {
			return false
		}
		m := addressURL.FindStringSubmatch(s)
		if m == nil {
			return false
		}
		a, err := netip.ParseAddr(m[1])
		return err == nil && a.IsGlobalUnicast() && !a.IsPrivate() && m[1] != "1.1.1.1" && m[1] != "8.8.8.8"
	})
}

func (p *program) capturesDesktop() (int, bool) {
	return either(
		func() (int, bool) {
			return p.find([]string{"PIL.ImageGrab.grab", "ImageGrab.grab", "pyautogui.screenshot", "pyscreenshot.grab", "mss.mss", "mss.mss().grab", "pyperclip.paste",
				"pynput.keyboard.Listener", "keyboard.on_press", "keyboard.hook", "d3dshot.create", "win32clipboard.GetClipboardData", "clipboardy.readSync", "pyperclip.copy"}, nil)
		},
		func() (int, bool) {
			return p.started([]string{"trap"}, func(c *call) bool {
				return has(c.args, "DEBUG") && strings.Contains(texted(c.args), "$BASH_COMMAND")
			})
		},
		func() (int, bool) {
			return p.started([]string{"xclip", "xsel", "wl-paste"}, func(c *call) bool { return flagged(c.args, "o") })
		},
		func() (int, bool) {
			return p.started([]string{"xwd", "xinput"}, func(c *call) bool { return c.name == "xwd" || has(c.args, "test") })
		},
	)
}

func (p *program) spreads() (int, bool) {
	return p.each(func(c *call) bool {
		if !c.command || p.runtime == "shell" {
			return false
		}
		return (c.name == "npm" || c.name == "yarn" || c.name == "pnpm") && has(c.args, "publish") || c.name == "twine" && has(c.args, "upload") ||
			c.name == "sshpass"
	})
}

var attackTools = set("mimikatz", "mimipenguin", "mimipenguin.sh", "lazagne", "lazagne.py", "linpeas.sh", "linenum.sh", "pspy64", "chisel",
	"msfvenom", "msfconsole", "meterpreter", "crackmapexec", "netexec", "evil-winrm", "secretsdump.py", "psexec.py", "bloodhound-python",
	"hydra", "sqlmap", "responder", "impacket", "sliver-server", "unshadow", "autosuid.sh", "linux-exploit-suggester.sh", "pwncat", "weevely", "stratus")

func (p *program) usesAttackTool() (int, bool) {
	tool := func(s string) bool {
		return len(s) < 300 && attackTools[strings.ToLower(s[strings.LastIndexByte(s, '/')+1:])]
	}
	return either(
		func() (int, bool) {
			return p.each(func(c *call) bool {
				if !c.command {
					return false
				}
				_, interprets := interpreters[c.name]
				return tool(c.name) || interprets && len(c.args) > 0 && tool(c.args[0].text)
			})
		},
		func() (int, bool) { return anyText(p.modules, tool) },
		func() (int, bool) {
			return anyText(p.texts, func(s string) bool { return strings.Contains(s, "://") && tool(s) })
		},
	)
}
