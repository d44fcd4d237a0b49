"""The wire's resources, one module each; a module ends in its `routes`."""
