"""What the verbs do, a module per topic: a class with a method `do_<id>` for each action. A screen names its topics."""
