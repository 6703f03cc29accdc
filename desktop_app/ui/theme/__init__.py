"""How the window looks: colours, fonts, icons, and the Sun Valley theme at any scale."""
