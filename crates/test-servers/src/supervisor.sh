# Keeps one server for a test process: supervisor.sh FOLDER SIGNAL
# Orders come as lines on stdin, a pipe whose other end the test process holds; each is answered by a line. When the
# pipe closes, which it does however that process ends, the server is sent SIGNAL and the folder goes.
folder=$1
at_the_end=$2
log=$folder/log
server=

# Whoever gave the order may be gone when it is answered, and there is a server to end still.
trap '' PIPE

end() {
  if [ -n "$server" ]; then
    kill -s "$1" "$server" 2>/dev/null
    wait "$server"
    server=
  fi
}

while read -r order rest; do
  case $order in
    run)
      eval "$rest" </dev/null >>"$log" 2>&1
      echo $? ;;
    start)
      # With exec the server has the number that the shell knows, and gets the signals itself.
      eval "exec $rest" </dev/null >>"$log" 2>&1 &
      server=$!
      echo "$server" ;;
    look)
      # While the shell waits for sleep it takes note of children that have ended.
      sleep 0.02
      if kill -s 0 "$server" 2>/dev/null; then echo runs; else echo ended; fi ;;
    stop)
      end "$rest"
      echo stopped ;;
  esac
done

end "$at_the_end"
rm -rf "$folder"
