# Types command lines into an interactive zsh, presses tab at the end of each, and prints what stands in the line then.
#
#   zsh -f keys.zsh FOLDER LINE...
#
# FOLDER holds the script _tremolo, and is the one that the shell begins in.
zmodload zsh/zpty || exit 70
cd -- $1 || exit 66
shift

zpty shell zsh -f -i || exit 70
# What the shell prints until it has printed a mark.
await() {
    zpty -r shell text "*$1" || { print -ru2 -- "the shell ended: ${(V)text}"; exit 70 }
}

# The marks are put together, so that the echo of this line does not hold them.
zpty -w shell 'PS1= PS2=; fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; zle -N say; bindkey "^X" say; say() {
  print -rn -- "<""<$BUFFER>"">"; BUFFER= }; print "read""y>>"'
await 'ready>>'
for line; do
    zpty -w -n shell $line$'\t\x18'
    await '>>'
    print -r -- ${${text%>>}##*<<}
done
zpty -d shell
