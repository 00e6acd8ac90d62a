from ipaddress import *

n = ip_network("192.168.4.0/22")
print(n.num_addresses, n.broadcast_address, ip_address("192.168.7.9") in n, list(n.subnets(new_prefix=24))[1], n.supernet(), n.netmask)
print(ip_address("::ffff:1.2.3.4").ipv4_mapped, ip_address("2001:db8::1").exploded, ip_address("10.0.0.1").is_private, ip_interface("10.1.2.3/8").network)
print(list(collapse_addresses([ip_network("10.0.0.0/25"), ip_network("10.0.0.128/25")])), int(ip_address("0.0.1.0")), sorted(map(ip_address, ["10.0.0.2", "9.1.1.1"])))
try:
    ip_network("10.0.0.1/8")
except ValueError as e:
    print(e)
