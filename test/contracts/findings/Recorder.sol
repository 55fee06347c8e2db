// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A token that writes down what else it is asked for
contract Recorder {
    mapping(address account => uint256) public balanceOf;
    bytes4[] private _asked;
    uint256 public unknown;

    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
    }
    function transfer(address to, uint256 value) external returns (bool) {
        return _move(msg.sender, to, value);
    }
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        return _move(from, to, value);
    }
    function asked() external view returns (bytes4[] memory) {
        return _asked;
    }
    receive() external payable {
        ++unknown;
    }
    fallback() external payable {
        ++unknown;
    }

    function _move(address from, address to, uint256 value) private returns (bool) {
        _asked.push(msg.sig);
        balanceOf[from] -= value;
        balanceOf[to] += value;
        return true;
    }
}
