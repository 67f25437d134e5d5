"""What make run starts and stops: ports, secrets, services, environments of the tools."""
