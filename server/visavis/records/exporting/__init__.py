"""What was kept, as Parquet files with their media, for training and evaluation elsewhere."""
