import locale, gettext, platform, sys, os, errno, getpass

print(locale.setlocale(locale.LC_ALL, "C"), f"{1234567.5:n}", locale.getpreferredencoding().lower(), gettext.gettext("x"), platform.python_implementation())
print(sys.byteorder, sys.getfilesystemencoding(), sys.getdefaultencoding(), os.strerror(errno.ENOENT), errno.errorcode[errno.EEXIST], sys.flags.utf8_mode, sys.path[0] != "")
print(sys.argv, len(sys.version.split()) > 2, sys.float_info.max, sys.hash_info.algorithm, sys.int_info.bits_per_digit, sys.getswitchinterval())
