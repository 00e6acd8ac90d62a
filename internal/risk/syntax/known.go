package syntax

import (
	"strings"

	"github.com/caisson-dev/caisson"
)

// The tables of this file are what the readers know about libraries. Names
// are full: as imported, whatever the code calls them.
var (
	imports = set("__import__", "importlib.import_module", "require", "import")

	homes = set("pathlib.Path.home", "Path.home", "os.homedir", "homedir")

	// Calls whose result reads as their arguments with slashes between.
	paths = set("os.path.join", "path.join", "path.resolve", "pathlib.Path", "Path", "os.path.expanduser",
		"os.path.expandvars", "os.path.abspath", "str", "String", "os.fspath", "pathlib.PurePath")

	// Methods whose result reads much like what they are called on.
	texts = set("strip", "expanduser", "resolve", "absolute", "encode", "toString", "trim", "lower", "upper",
		"replace", "split", "rstrip", "lstrip")

	decoders = set("base64.b64decode", "base64.b32decode", "base64.b16decode", "base64.b85decode", "base64.a85decode",
		"base64.decodebytes", "base64.urlsafe_b64decode", "base64.standard_b64decode", "base64.decodestring",
		"zlib.decompress", "gzip.decompress", "bz2.decompress", "lzma.decompress", "binascii.unhexlify",
		"binascii.a2b_base64", "bytes.fromhex", "bytearray.fromhex", "codecs.decode", "marshal.loads", "atob",
		"String.fromCharCode", "chr", "zlib.inflateSync", "zlib.gunzipSync", "unescape", "b64decode")

	fetches = set("requests.get", "requests.post", "requests.request", "requests.Session().get", "requests.session().get",
		"urllib.request.urlopen", "urllib2.urlopen", "urllib.urlopen", "urlopen", "urllib.request.urlretrieve",
		"urllib.urlretrieve", "httpx.get", "httpx.post", "http.client.HTTPConnection", "http.client.HTTPSConnection",
		"urllib3.PoolManager().request", "wget.download", "fetch", "axios.get", "axios.post", "axios", "http.get",
		"https.get", "http.request", "https.request", "node-fetch", "got", "got.get", "request", "request.get",
		"axios.default.get", "recv", "recvfrom", "makefile")

	hiding = set("reveal", "reveal_message") // pictures with text in them

	evaluators = set("exec", "eval", "compile", "Function", "vm.runInThisContext", "vm.runInNewContext",
		"vm.runInContext", "execScript")

	// Calls that run a command line, or a list of program and arguments.
	commandCalls = set("os.system", "os.popen", "os.popen2", "os.popen3", "popen", "subprocess.run", "subprocess.call",
		"subprocess.Popen", "subprocess.check_output", "subprocess.check_call", "subprocess.getoutput",
		"subprocess.getstatusoutput", "commands.getoutput", "commands.getstatusoutput", "pty.spawn",
		"asyncio.create_subprocess_shell", "asyncio.create_subprocess_exec", "os.execv", "os.execvp", "os.execl",
		"os.execlp", "os.execve", "os.spawnl", "os.spawnv", "os.spawnlp", "os.posix_spawn", "platform.popen",
		"child_process.exec", "child_process.execSync", "child_process.spawn", "child_process.spawnSync",
		"child_process.execFile", "child_process.execFileSync", "child_process.fork", "execa", "shelljs.exec",
		"Deno.run", "Bun.spawn", "util.promisify()")

	// Those of them that take a program and its arguments apart.
	programCalls = set("asyncio.create_subprocess_exec", "os.execv", "os.execvp", "os.execl", "os.execlp", "os.execve",
		"os.spawnl", "os.spawnv", "os.spawnlp", "os.posix_spawn", "child_process.spawn", "child_process.spawnSync",
		"child_process.execFile", "child_process.execFileSync", "execa")

	// Calls that write a file, and which argument names it.
	writers = map[string]int{
		"shutil.copy": 1, "shutil.copyfile": 1, "shutil.copy2": 1, "shutil.move": 1, "os.rename": 1, "os.replace": 1,
		"os.symlink": 1, "os.link": 1, "urllib.request.urlretrieve": 1, "os.truncate": 0,
		"fs.writeFile": 0, "fs.writeFileSync": 0, "fs.appendFile": 0, "fs.appendFileSync": 0,
		"fs.createWriteStream": 0, "fs.copyFile": 1, "fs.copyFileSync": 1, "fs.rename": 1, "fs.renameSync": 1,
		"fs.symlinkSync": 1, "fs.truncateSync": 0, "fs.promises.writeFile": 0, "fs/promises.writeFile": 0,
		"fs/promises.appendFile": 0,
	}
	writerNames = keys(writers)

	treeRemovers = set("shutil.rmtree", "fs.rm", "fs.rmSync", "fs.rmdirSync", "fs.rmdir", "fs.promises.rm", "fs/promises.rm",
		"rimraf", "rimraf.sync", "fs-extra.removeSync", "fs-extra.remove", "os.removedirs")
	removers = set("os.remove", "os.unlink", "os.rmdir", "fs.unlink", "fs.unlinkSync", "fs.promises.unlink", "fs/promises.unlink")
)

func keys(m map[string]int) map[string]bool {
	s := make(map[string]bool, len(m))
	for k := range m {
		s[k] = true
	}
	return s
}

// moduleNeeds says what importing a module means. Only modules that are of no
// use without it are listed.
var moduleNeeds = func() map[string]caisson.Need {
	m := map[string]caisson.Need{}
	for need, names := range map[caisson.Need]string{
		caisson.NeedNetwork: "requests httpx aiohttp urllib3 httplib2 socket ssl ftplib smtplib imaplib poplib telnetlib " +
			"paramiko websocket websockets boto3 botocore openai anthropic redis pymongo psycopg2 psycopg pymysql " +
			"grpc pika kafka scapy wget urllib2 pycurl flask fastapi uvicorn django tornado " +
			"http https http2 net dgram dns tls axios node-fetch got undici ws express socket.io mongoose pg mysql2 request",
		caisson.NeedSubprocess: "subprocess pty pexpect sh child_process execa shelljs multiprocessing commands cluster",
		caisson.NeedNative: "numpy pandas scipy sklearn matplotlib torch tensorflow jax cv2 PIL lxml numba pyarrow polars " +
			"xgboost lightgbm statsmodels seaborn skimage transformers onnxruntime duckdb psutil cryptography nacl " +
			"pydantic_core orjson shapely geopandas spacy gensim networkit h5py tables ctypes cffi " +
			"sharp canvas better-sqlite3 ffi-napi ref-napi node-gyp bcrypt",
		caisson.NeedThreads: "worker_threads joblib ray dask",
	} {
		for n := range strings.FieldsSeq(names) {
			m[n] = need
		}
	}
	return m
}()

var callNeeds = func() map[string]caisson.Need {
	m := map[string]caisson.Need{
		"threading.Thread": caisson.NeedThreads, "concurrent.futures.ThreadPoolExecutor": caisson.NeedThreads,
		"_thread.start_new_thread": caisson.NeedThreads, "Worker": caisson.NeedThreads,
		"os.fork": caisson.NeedSubprocess, "concurrent.futures.ProcessPoolExecutor": caisson.NeedSubprocess,
		"asyncio.open_connection": caisson.NeedNetwork, "asyncio.start_server": caisson.NeedNetwork,
		"XMLHttpRequest": caisson.NeedNetwork, "WebSocket": caisson.NeedNetwork,
	}
	for n := range fetches {
		if n != "recv" && n != "recvfrom" && n != "makefile" && n != "request" && n != "got" {
			m[n] = caisson.NeedNetwork
		}
	}
	for n := range commandCalls {
		if n != "popen" && n != "util.promisify()" {
			m[n] = caisson.NeedSubprocess
		}
	}
	return m
}()

// networkCommands are of no use without a network.
var networkCommands = set("curl", "wget", "ssh", "scp", "sftp", "rsync", "nc", "ncat", "netcat", "socat", "telnet", "ftp",
	"ping", "dig", "nslookup", "host", "nmap", "masscan", "apt", "apt-get", "yum", "dnf", "apk", "pip", "pip3", "npm",
	"yarn", "pnpm", "aws", "gcloud", "az", "kubectl", "docker", "aria2c", "http", "https", "whois", "traceroute")

// builtinCommands need no program to be started: the shell has them, or the
// shell runtime brings them.
var builtinCommands = set(strings.Fields(`. : [ [[ alias bg bind break builtin caller cd command compgen complete continue
	declare dirs disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill let local
	logout mapfile popd printf pushd pwd read readarray readonly return set shift shopt source suspend test times trap
	true type typeset ulimit umask unalias unset wait
	base64 basename cat chmod cksum comm cp cut date dd df dirname du env expand expr factor find fmt fold grep egrep fgrep
	gunzip gzip head hostname id install join link ln ls md5sum mkdir mkfifo mktemp mv nl nproc numfmt od paste
	pathchk pr printenv ptx readlink realpath rev rm rmdir sed awk seq sha1sum sha224sum sha256sum sha384sum sha512sum
	shred shuf sleep sort split stat strings sum sync tac tail tar tee time timeout touch tr truncate tsort tty uname
	unexpand uniq unlink uptime vdir wc which who whoami xargs xxd yes zcat diff cmp column hexdump jq sh bash`)...)
