while IFS= read -r line; do [[ $line =~ ^# ]] && continue; echo "cfg: ${line%%=*} -> ${line#*=}"; done <<'CFG'
# comment
host=localhost
port=8080
CFG
cat > t.tpl <<'T'
Hello @NAME@, you are @AGE@
T
sed -e 's/@NAME@/Bob/' -e 's/@AGE@/42/' t.tpl
for h in a b; do cat <<X
<$h>
X
done
