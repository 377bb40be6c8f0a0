"""Which states each command is decided on, as the service's planners have it."""
