"""Which addresses are the public internet's. Everything else may be somebody's inside, perhaps our own."""

from ipaddress import IPv4Address, IPv6Address, ip_network

Address = IPv4Address | IPv6Address

# What the standard library's registry takes for global, or does in some of its versions.
_NOT_GLOBAL = [
    ip_network(block)
    for block in (
        "100.64.0.0/10",  # shared with a provider's other customers
        "168.63.129.16/32",  # Azure's platform, metadata included
        "192.0.0.0/24",  # Oracle's metadata is here
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # Teredo among others
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
]
_UNICAST = ip_network("2000::/3")  # all of IPv6 that has been given out
_NAT64 = ip_network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    if address in _NAT64:  # the way to IPv4 where there is only IPv6: what counts is where it leads
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast and not any(address in block for block in _NOT_GLOBAL)
