print("tremolo")
