//! Which router the default route leads to. Only Linux tells it in a file; elsewhere UPnP has to do.

use std::net::{IpAddr, Ipv4Addr};

/// The gateway of the default route, if there is one.
pub(super) fn default_gateway() -> Option<IpAddr> {
    let table = std::fs::read_to_string("/proc/net/route").ok()?;
    read(&table).map(IpAddr::V4)
}

/// The default route of the smallest metric: the interface, the destination, the gateway, flags, two counters, the
/// metric, in columns; addresses as this machine's numbers.
fn read(table: &str) -> Option<Ipv4Addr> {
    let default = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (destination, gateway, metric) = (columns.get(1)?, columns.get(2)?, columns.get(6)?);
        let gateway = u32::from_str_radix(gateway, 16).ok().filter(|gateway| *gateway != 0)?;
        let metric: u32 = metric.parse().ok()?;
        (*destination == "00000000").then(|| (metric, Ipv4Addr::from(gateway.to_ne_bytes())))
    };
    table.lines().skip(1).filter_map(default).min_by_key(|(metric, _)| *metric).map(|(_, gateway)| gateway)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], expected: Option<[u8; 4]>) {
        let heading = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT";
        let table = [&[heading], lines].concat().join("\n");
        assert_eq!(read(&table), expected.map(Ipv4Addr::from), "{lines:?}");
    }

    #[test]
    fn the_default_route_of_the_smallest_metric_counts() {
        let gateway = |last: u8| format!("{:08X}", u32::from_ne_bytes([192, 168, 1, last]));
        let wired = format!("eth0\t00000000\t{}\t0003\t0\t0\t100\t00000000\t0\t0\t0", gateway(1));
        let wireless = format!("wlan0\t00000000\t{}\t0003\t0\t0\t600\t00000000\t0\t0\t0", gateway(2));
        let local = "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0";
        check(&[local, &wireless, &wired], Some([192, 168, 1, 1]));
        check(&[local], None);
        check(&[], None);
        check(&["nonsense", "a b c d e f g"], None);
    }
}
