package session

import "strings"

// absent says why a command that people know is not here and what to use
// instead; "" when it is none of these.
func absent(name string) string {
	base := strings.TrimRight(name, "0123456789.")
	python := "the shell sandbox runs no other languages; use the python runtime (caisson run --lang python)"
	container := "it needs an operating system, which the wasm shell is not; use the container backend"
	switch base {
	case "python", "pypy", "ipython":
		return python
	case "pip", "uv", "poetry", "conda", "pytest":
		return "packages of Python are not part of the shell sandbox; use the python runtime (caisson run --lang python) or the container backend"
	case "node", "nodejs", "deno", "bun", "npm", "npx", "yarn", "pnpm", "tsc", "ts-node":
		return "the shell sandbox runs no other languages; use the javascript runtime (caisson run --lang javascript) or the container backend"
	case "ruby", "perl", "php", "lua", "java", "javac", "go", "rustc", "cargo", "R", "Rscript", "julia", "ghc", "dotnet", "swift", "kotlin":
		return "the shell sandbox runs no other languages; use the container backend"
	case "gcc", "g++", "cc", "c++", "clang", "clang++", "make", "cmake", "ld", "as", "gdb", "strace":
		return "programs cannot be compiled or started in the wasm shell; use the container backend"
	case "curl", "wget", "nc", "ncat", "netcat", "telnet", "ftp", "ping", "dig", "nslookup", "host", "ip", "ifconfig", "ss", "netstat", "traceroute", "openssl":
		return "the wasm shell has no network; use the container backend with hosts that the policy allows"
	case "ssh", "scp", "sftp", "rsync":
		return "the wasm shell has no network; put files into the sandbox with the request, or use the container backend"
	case "git", "hg", "svn", "gh":
		return "there is no git in the wasm shell; use the container backend"
	case "apt", "apt-get", "dpkg", "yum", "dnf", "apk", "brew", "snap", "pacman", "rpm":
		return "nothing can be installed in the wasm shell; use the container backend with an image that has it"
	case "docker", "podman", "kubectl", "systemctl", "service", "mount", "umount", "sudo", "su", "crontab", "modprobe", "iptables", "dmesg", "chroot", "unshare", "useradd", "passwd":
		return container
	case "vi", "vim", "nano", "emacs", "less", "more", "man", "tmux", "screen", "watch", "htop", "dialog":
		return "the shell sandbox has no terminal; use cat, head, sed or redirections"
	case "sqlite", "psql", "mysql", "redis-cli", "mongo", "mongosh":
		return "there are no databases in the wasm shell; Python has sqlite3 (caisson run --lang python)"
	case "xz", "unxz", "xzcat", "zstd", "lz", "p7zip", "rar", "unrar":
		return "this archive format is not known in the wasm shell; gzip, tar and zip are"
	case "file", "strings", "ffmpeg", "convert", "pandoc", "pdftotext", "yq", "rg", "fd", "fzf", "bat", "parallel", "dd", "install", "mkfifo", "mknod", "inotifywait", "lsof", "pgrep", "pkill", "killall", "tput", "clear", "reset", "script", "expect":
		return "it is not part of the wasm shell; use another tool, or the container backend"
	}
	return ""
}
