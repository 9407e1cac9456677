"""The page that one reads: charts as small SVG functions, tables and pictures, one section a file."""
