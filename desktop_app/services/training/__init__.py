"""What a training run is: its data, its folder, its reports."""
