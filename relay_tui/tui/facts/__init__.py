"""What a relay knows, kept up to date for the screen: commits mark parts, a tick asks again for those alone."""
