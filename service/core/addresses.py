"""Which addresses are on the public internet. All others may be private, perhaps our own."""

from ipaddress import IPv4Address, IPv6Address, ip_network

Address = IPv4Address | IPv6Address

# Addresses that the standard library, or some version of it, considers global.
_NOT_GLOBAL = [
    ip_network(block)
    for block in (
        "100.64.0.0/10",  # shared by a provider's customers
        "168.63.129.16/32",  # Azure's platform, including metadata
        "192.0.0.0/24",  # includes Oracle's metadata
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # Teredo and others
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
]
_UNICAST = ip_network("2000::/3")  # all IPv6 addresses assigned so far
_NAT64 = ip_network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    if address in _NAT64:  # leads to an IPv4 address, which is what counts
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast and not any(address in block for block in _NOT_GLOBAL)
