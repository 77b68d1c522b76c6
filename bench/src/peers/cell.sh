# Runs "$2"… in network, process and mount namespaces that were just made; "$1" is a scratch directory.
# What is in /sys is seen through the namespace of whoever mounted it, so it is mounted anew.
set -eu
ip link set lo up
mkdir -p "$1/cgroup"
mount --rbind /sys/fs/cgroup "$1/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$1/cgroup" /sys/fs/cgroup
shift
exec "$@"
