trap 'echo bye' EXIT; trap 'echo oops' ERR; false; trap - ERR; trap 'rm -f x' INT TERM; false; echo end; exit 2
