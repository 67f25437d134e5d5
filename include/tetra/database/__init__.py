"""The embedded server, provisioning of roles and databases, migrations."""
