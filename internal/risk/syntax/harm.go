package syntax

import (
	"regexp"
	"strings"
)

// What harms the machine: taking it over, breaking it, staying on it.

var (
	shellNames = set("sh", "bash", "zsh", "dash", "cmd.exe", "powershell.exe", "powershell")
	netcats    = set("nc", "ncat", "netcat", "nc.traditional", "nc.openbsd")
	connects   = set("socket.socket().connect", "socket.create_connection", "s.connect", "net.connect", "net.createConnection",
		"net.Socket().connect", "net.Socket", "socket.socket().connect_ex", "net.createConnection()", "tls.connect")
	dups = set("os.dup2", "pty.spawn")
)

func (p *program) reverseShell() (int, bool) {
	_, connected := p.findIn(connects, nil)
	return either(
		func() (int, bool) { // bash -i >& /dev/tcp/…
			return p.started([]string{"/dev/tcp"}, func(c *call) bool {
				f := strings.Fields(c.args[0].text)
				return len(f) > 0 && (shellNames[f[0]] || f[0] == "exec")
			})
		},
		func() (int, bool) { // nc -e /bin/sh
			return p.startedIn(netcats, func(c *call) bool {
				if flagged(c.args, "ec") || has(c.args, "--exec", "--sh-exec") {
					for _, a := range c.args {
						if shellNames[a.text[strings.LastIndexByte(a.text, '/')+1:]] {
							return true
						}
					}
				}
				return false
			})
		},
		func() (int, bool) { // … | sh -i 2>&1 | nc host port > fifo
			if _, ok := p.byName["$mkfifo"]; !ok {
				if _, ok := p.byName["$mknod"]; !ok {
					return 0, false
				}
			}
			if _, ok := p.startedIn(shellNames, func(c *call) bool { return flagged(c.args, "i") }); !ok {
				return 0, false
			}
			return p.startedIn(netcats, nil)
		},
		func() (int, bool) {
			return p.started([]string{"socat"}, func(c *call) bool {
				t := strings.ToLower(texted(c.args))
				return strings.Contains(t, "exec:") && containsAny(t, []string{"sh", "bash", "cmd"}) && strings.Contains(t, "tcp")
			})
		},
		func() (int, bool) {
			return p.started([]string{"perl", "ruby", "php", "lua", "awk", "gawk"}, func(c *call) bool {
				t := texted(c.args)
				return containsAny(t, []string{"/bin/sh", "/bin/bash", "exec("}) &&
					containsAny(t, []string{"Socket", "fsockopen", "TCPSocket", "/inet/tcp"})
			})
		},
		func() (int, bool) {
			if !connected {
				return 0, false
			}
			return p.findIn(dups, nil)
		},
		func() (int, bool) { // net.connect and a shell with pipes between
			if !connected {
				return 0, false
			}
			return p.find([]string{"child_process.spawn", "child_process.exec", "child_process.execFile", "subprocess.Popen"}, func(c *call) bool {
				if len(c.args) == 0 {
					return false
				}
				v := c.args[0]
				if len(v.items) > 0 {
					v = v.items[0]
				}
				return shellNames[v.text[strings.LastIndexByte(v.text, '/')+1:]]
			})
		},
	)
}

func (p *program) forkBomb() (int, bool) {
	return either(
		func() (int, bool) { return p.bomb, p.bomb > 0 },
		func() (int, bool) {
			return p.find([]string{"os.fork", "os.forkpty"}, func(c *call) bool { return c.endless })
		},
		func() (int, bool) {
			return p.find([]string{"child_process.fork", "child_process.spawn", "cluster.fork", "multiprocessing.Process().start"},
				func(c *call) bool { return c.endless })
		},
		func() (int, bool) {
			return p.started([]string{"while:"}, func(c *call) bool {
				return len(c.args) > 0 && (c.args[0].text == "$0" || strings.HasSuffix(c.args[0].text, "/proc/self/exe"))
			})
		},
	)
}

// wide reports whether a path is the root, a home folder, or a folder that
// the system cannot do without.
func wide(path string) bool {
	path = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(path, "*"), "."), "/")
	switch path {
	case "", "/", "~", "/home", "/root", "/etc", "/usr", "/var", "/bin", "/lib", "/boot", "/sbin", "C:", "C:\\":
		return true
	}
	return false
}

func (p *program) massDeletion() (int, bool) {
	return either(
		func() (int, bool) {
			for _, r := range p.removes {
				if r.tree && strings.ContainsAny(r.path, "/~\\") && wide(r.path) {
					return r.line, true
				}
			}
			return 0, false
		},
		func() (int, bool) {
			return p.started([]string{"rm"}, func(c *call) bool { return has(c.args, "--no-preserve-root") })
		},
	)
}

var escapeMarks = []string{"docker.sock", "containerd.sock", "crio.sock", "podman.sock", "/proc/1/root", "/proc/1/ns", "/proc/1/cwd",
	"release_agent", "notify_on_release", "/proc/sys/kernel/core_pattern", "/proc/sys/fs/binfmt_misc", "/proc/1/environ",
	"/sys/kernel/uevent_helper", "/proc/kcore", "/proc/1/fd"}

func (p *program) escape() (int, bool) {
	return either(
		func() (int, bool) {
			return anyText(p.texts, func(s string) bool {
				return strings.IndexByte(s, '/') >= 0 && containsAny(s, escapeMarks) || s == "release_agent"
			})
		},
		func() (int, bool) {
			return p.started([]string{"nsenter"}, func(c *call) bool {
				t := texted(c.args)
				return containsAny(t, []string{"-t 1", "--target 1", "--target=1", "-t1", "/proc/1/"})
			})
		},
		func() (int, bool) {
			return p.started([]string{"docker", "podman", "nerdctl"}, func(c *call) bool {
				return has(c.args, "run", "create") && (has(c.args, "--privileged", "--pid=host", "--net=host") ||
					hasPrefix(c.args, "/:/"))
			})
		},
		func() (int, bool) {
			return p.started([]string{"unshare"}, func(c *call) bool { return has(c.args, "-UrmC", "-UrCm") })
		},
	)
}

func (p *program) halts() (int, bool) {
	return either(
		func() (int, bool) {
			return p.started([]string{"poweroff", "halt", "reboot", "shutdown"}, func(c *call) bool {
				return !has(c.args, "-c", "--help", "-k", "--show", "--wtmp-only")
			})
		},
		func() (int, bool) {
			return anyText(p.writes, func(s string) bool { return strings.HasPrefix(s, "/proc/sysrq-trigger") })
		},
		func() (int, bool) {
			return p.started([]string{"init", "telinit"}, func(c *call) bool { return has(c.args, "0", "6") })
		},
	)
}

func (p *program) kernelModule() (int, bool) {
	return either(
		func() (int, bool) {
			return p.started([]string{"insmod", "modprobe", "kldload", "finit_module"}, func(c *call) bool {
				return len(plain(c.args)) > 0 && !has(c.args, "-n", "--dry-run", "-D", "--show-depends", "-c", "-r", "--remove")
			})
		},
		func() (int, bool) {
			return anyText(p.writes, func(s string) bool {
				return strings.HasPrefix(s, "/lib/modules/") || strings.HasPrefix(s, "/etc/modules")
			})
		},
	)
}

var guards = []string{"rsyslog", "syslog", "journald", "auditd", "ufw", "firewalld", "iptables", "nftables", "apparmor", "selinux", "falcon",
	"crowdstrike", "mdatp", "clamav", "fail2ban", "cbdaemon", "osquery", "wazuh", "ossec", "falco", "aide", "sentinel", "pf", "ipfw"}

func (p *program) disablesSecurity() (int, bool) {
	return either(
		func() (int, bool) {
			return p.started([]string{"systemctl", "service", "chkconfig", "rc-service", "update-rc.d", "launchctl"}, func(c *call) bool {
				if !has(c.args, "stop", "disable", "mask", "kill", "off", "remove", "unload", "onestop") {
					return false
				}
				for _, a := range plain(c.args) {
					for _, g := range guards {
						if strings.HasPrefix(strings.TrimPrefix(a.text, "systemd-"), g) {
							return true
						}
					}
				}
				return false
			})
		},
		func() (int, bool) {
			return p.started([]string{"setenforce"}, func(c *call) bool { return has(c.args, "0", "Permissive") })
		},
		func() (int, bool) {
			return p.started([]string{"ufw"}, func(c *call) bool {
				return has(c.args, "disable", "reset") || has(c.args, "logging") && has(c.args, "off")
			})
		},
		func() (int, bool) {
			return p.started([]string{"iptables", "ip6tables", "nft", "pfctl", "ebtables"}, func(c *call) bool {
				return has(c.args, "-F", "--flush", "flush", "-X") || c.name == "pfctl" && has(c.args, "-d") ||
					has(c.args, "-D") && has(c.args, "DROP", "REJECT") || has(c.args, "-P") && has(c.args, "ACCEPT")
			})
		},
		func() (int, bool) {
			return p.started([]string{"auditctl"}, func(c *call) bool { return has(c.args, "-D") || has(c.args, "-e") && has(c.args, "0") })
		},
		func() (int, bool) {
			return p.started([]string{"sysctl"}, func(c *call) bool {
				return containsAny(texted(c.args), []string{"randomize_va_space=0", "kptr_restrict=0", "yama.ptrace_scope=0"})
			})
		},
		func() (int, bool) {
			return p.started([]string{"mdatp", "aa-disable", "aa-teardown", "aa-complain", "esets_daemon"}, func(c *call) bool {
				return c.name != "mdatp" || has(c.args, "disabled", "exclusion")
			})
		},
		func() (int, bool) {
			return p.started([]string{"pkill", "killall"}, func(c *call) bool {
				for _, a := range plain(c.args) {
					for _, g := range guards {
						if len(g) > 3 && strings.Contains(a.text, g) {
							return true
						}
					}
				}
				return false
			})
		},
		func() (int, bool) {
			return anyText(p.writes, func(s string) bool {
				return containsAny(s, []string{"/etc/audit", "/etc/ufw/", "/etc/default/ufw", "/etc/selinux/", "/etc/apparmor", "/etc/audisp", "/etc/rsyslog",
					"/etc/syslog", "/etc/libaudit", "/etc/security/audit", "/etc/pf.conf", "/etc/systemd/journald", "/proc/sys/kernel/randomize_va_space",
					"/etc/pam.d/", "/sys/fs/selinux/enforce", "/etc/pki/ca-trust/source", "/usr/local/share/ca-certificates",
					"/usr/local/share/certs"})
			})
		},
	)
}

func (p *program) wipesLogs() (int, bool) {
	logs := func(s string) bool {
		return strings.HasPrefix(s, "/var/log/") || s == "/var/log" || strings.HasPrefix(s, "/var/audit") ||
			strings.HasPrefix(s, "/var/spool/mail") || containsAny(s, []string{"_history", "HISTFILE"}) && !strings.Contains(s, " ")
	}
	return either(
		func() (int, bool) { return anyText(p.removes, logs) },
		func() (int, bool) { return anyText(p.writes, logs) },
		func() (int, bool) {
			return p.started([]string{"history"}, func(c *call) bool { return flagged(c.args, "cdw") })
		},
		func() (int, bool) {
			return p.started([]string{"unset"}, func(c *call) bool { return has(c.args, "HISTFILE", "HISTSIZE", "HISTFILESIZE") })
		},
		func() (int, bool) {
			return p.started([]string{"set"}, func(c *call) bool { return has(c.args, "+o") && has(c.args, "history") })
		},
		func() (int, bool) {
			return p.started([]string{"HISTFILE=", "HISTSIZE=", "HISTFILESIZE=", "HISTCONTROL=", "HISTIGNORE="}, func(c *call) bool {
				t := c.args[0].text
				switch c.name {
				case "HISTFILE=":
					return t == "/dev/null" || t == ""
				case "HISTCONTROL=":
					return t == "ignoreboth" || t == "ignorespace"
				case "HISTIGNORE=":
					return t == "*" || strings.Contains(t, "*:")
				}
				return t == "0"
			})
		},
		func() (int, bool) {
			return p.started([]string{"journalctl"}, func(c *call) bool {
				return hasPrefix(c.args, "--vacuum-time=0") || hasPrefix(c.args, "--vacuum-size=1")
			})
		},
		func() (int, bool) {
			return p.started([]string{"wtmpclean", "utmpdump"}, func(c *call) bool { return has(c.args, "-r") })
		},
	)
}

var startPlaces = []string{"/etc/cron", "/var/spool/cron", "/etc/rc.local", "/etc/rc.common", "/etc/rc.d/", "/etc/init.d/", "/etc/systemd/system",
	"/lib/systemd/system", ".config/systemd/user", ".config/autostart", "/etc/profile", "/etc/xdg/autostart", "/etc/update-motd.d",
	"/etc/periodic/", ".ssh/authorized_keys", "/etc/udev/rules.d", "LaunchAgents", "LaunchDaemons", "/etc/bash.bashrc", "/etc/zsh", "/etc/emond",
	"/usr/lib/systemd/", "/etc/anacrontab", "/var/spool/at"}

var startFiles = set(".bashrc", ".bash_profile", ".profile", ".zshrc", ".zprofile", ".bash_login", ".bash_logout", ".zshenv", ".xinitrc", ".kshrc",
	".cshrc", ".login", ".shrc", ".vimrc", "sitecustomize.py", "usercustomize.py")

func (p *program) persists() (int, bool) {
	place := func(s string) bool {
		return containsAny(s, startPlaces) || startFiles[s[strings.LastIndexByte(s, '/')+1:]] && strings.IndexByte(s, '/') >= 0
	}
	return either(
		func() (int, bool) { return anyText(p.writes, place) },
		func() (int, bool) {
			return p.started([]string{"crontab"}, func(c *call) bool {
				return !flagged(c.args, "lerV") && (len(plain(c.args)) > 0 || has(c.args, "-"))
			})
		},
		func() (int, bool) {
			return p.started([]string{"crontab"}, func(c *call) bool { return len(c.args) == 0 && c.stdin != 0 })
		},
		func() (int, bool) {
			return p.started([]string{"systemd-run"}, func(c *call) bool { return hasPrefix(c.args, "--on-") })
		},
		func() (int, bool) {
			return p.find([]string{"crontab.CronTab().new", "winreg.SetValueEx"}, nil)
		},
		func() (int, bool) { return p.started([]string{"ssh-copy-id"}, nil) },
	)
}

var setuidMode = regexp.MustCompile(`^([ugoa]*\+[rwx]*s|0?[24567][0-7]{3})$`)

func (p *program) raisesPrivilege() (int, bool) {
	return either(
		func() (int, bool) {
			return p.started([]string{"chmod"}, func(c *call) bool {
				return len(c.args) > 1 && setuidMode.MatchString(plainFirst(c.args))
			})
		},
		func() (int, bool) {
			return p.started([]string{"setcap"}, func(c *call) bool { return strings.Contains(texted(c.args), "cap_") && !has(c.args, "-r", "-v") })
		},
		func() (int, bool) {
			return anyText(p.writes, func(s string) bool { return strings.HasPrefix(s, "/etc/sudoers") })
		},
		func() (int, bool) {
			return p.started([]string{"useradd", "usermod", "adduser"}, func(c *call) bool {
				return has(c.args, "-o") && has(c.args, "0") || has(c.args, "sudo", "wheel", "root", "docker") && flagged(c.args, "aG")
			})
		},
		func() (int, bool) {
			return p.find([]string{"os.setuid", "os.setresuid", "process.setuid"}, func(c *call) bool { return len(c.args) > 0 && c.args[0].text == "0" })
		},
		func() (int, bool) {
			return p.started([]string{"dd", "sed"}, func(c *call) bool { return strings.Contains(texted(c.args), "NOPASSWD") })
		},
	)
}

func plainFirst(args []value) string {
	for _, a := range args {
		if !strings.HasPrefix(a.text, "-") {
			return a.text
		}
	}
	return ""
}

func (p *program) injectsLibrary() (int, bool) {
	return either(
		func() (int, bool) {
			return p.started([]string{"LD_PRELOAD=", "LD_AUDIT=", "DYLD_INSERT_LIBRARIES="}, func(c *call) bool { return c.args[0].text != "" })
		},
		func() (int, bool) {
			return anyText(p.writes, func(s string) bool { return strings.Contains(s, "/etc/ld.so.") })
		},
		func() (int, bool) {
			return p.each(func(c *call) bool {
				return !c.command && strings.HasSuffix(c.name, "executeInject") || c.name == "VirtualAllocEx" ||
					strings.HasSuffix(c.name, ".CreateRemoteThread") || strings.HasSuffix(c.name, ".WriteProcessMemory")
			})
		},
	)
}

var diskDevice = regexp.MustCompile(`^/dev/(sd[a-z]|nvme\d|hd[a-z]|vd[a-z]|xvd[a-z]|mmcblk\d|dm-\d|mem$|kmem$|disk\d)`)

func (p *program) overwritesDisk() (int, bool) {
	return either(
		func() (int, bool) { return anyText(p.writes, diskDevice.MatchString) },
		func() (int, bool) { return anyText(p.removes, diskDevice.MatchString) },
		func() (int, bool) {
			return p.each(func(c *call) bool {
				return c.command && (strings.HasPrefix(c.name, "mkfs") || c.name == "wipefs" || c.name == "blkdiscard") &&
					len(plain(c.args)) > 0 && diskDevice.MatchString(plain(c.args)[len(plain(c.args))-1].text)
			})
		},
	)
}
