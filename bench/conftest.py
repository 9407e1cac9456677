import os


def pytest_benchmark_update_machine_info(config, machine_info):
    """Only what tells how fast a machine is; no names of hosts."""
    cpu = machine_info.get("cpu", {}).get("brand_raw", "unknown CPU")
    machine_info.clear()
    machine_info.update({"cpu": cpu, "cpus": os.cpu_count()})
